from typing import Annotated

from msgspec import Meta, Struct, field


class Fault(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A failure of an answer, for the first `times` attempts; 0: every attempt."""

    times: Annotated[int, Meta(ge=0)] = 1


class HttpFault(Fault, frozen=True, kw_only=True, tag="http"):
    """An error response instead of a stream."""

    status: Annotated[int, Meta(ge=400, le=599)]
    message: str = "Something went wrong."
    headers: dict[str, str] = field(default_factory=dict)


class MaxTokens(Fault, frozen=True, kw_only=True, tag="max_tokens"):
    """The answer ends regularly when its token budget is spent."""

    tokens: Annotated[int, Meta(ge=0)]


class Garble(Fault, frozen=True, kw_only=True, tag="garble"):
    """Tool inputs are sent as invalid JSON."""


class StreamFault(Fault, frozen=True, kw_only=True):
    """A fault of the stream itself, after `after` events were sent."""

    after: Annotated[int, Meta(ge=0)]


class StreamError(StreamFault, frozen=True, kw_only=True, tag="error"):
    """An `error` event in the stream, which ends it."""

    error: str = "overloaded_error"
    message: str = "Overloaded"


class Cut(StreamFault, frozen=True, kw_only=True, tag="cut"):
    """The connection closes in the middle of the body."""


class EarlyEnd(StreamFault, frozen=True, kw_only=True, tag="end"):
    """The body ends cleanly without `message_stop`."""


class Silence(StreamFault, frozen=True, kw_only=True, tag="silence"):
    """Nothing is sent for some seconds; 0: until the client disconnects."""

    seconds: Annotated[float, Meta(ge=0)] = 0


AnyFault = HttpFault | MaxTokens | Garble | StreamError | Cut | EarlyEnd | Silence


def fault_of(faults: tuple[AnyFault, ...], attempt: int) -> AnyFault | None:
    """The fault of an attempt, counted from 0; None if the attempt succeeds."""
    for fault in faults:
        if fault.times == 0 or attempt < fault.times:
            return fault
        attempt -= fault.times
    return None
