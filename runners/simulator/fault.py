from typing import Annotated

from msgspec import Meta, Struct, field


class Fault(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What goes wrong with an answer, `times` attempts long; 0 is every attempt."""

    times: Annotated[int, Meta(ge=0)] = 1


class HttpFault(Fault, frozen=True, kw_only=True, tag="http"):
    """An error response instead of a stream."""

    status: Annotated[int, Meta(ge=400, le=599)]
    message: str = "Something went wrong."
    headers: dict[str, str] = field(default_factory=dict)


class MaxTokens(Fault, frozen=True, kw_only=True, tag="max_tokens"):
    """The answer ends, well-formed, when its token budget is spent."""

    tokens: Annotated[int, Meta(ge=0)]


class Garble(Fault, frozen=True, kw_only=True, tag="garble"):
    """Tool inputs come as JSON that does not parse."""


class StreamFault(Fault, frozen=True, kw_only=True):
    """A fault of the stream itself, once `after` events were sent."""

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
    """Nothing comes for some seconds; 0 is until the client leaves."""

    seconds: Annotated[float, Meta(ge=0)] = 0


AnyFault = HttpFault | MaxTokens | Garble | StreamError | Cut | EarlyEnd | Silence


def fault_of(faults: tuple[AnyFault, ...], attempt: int) -> AnyFault | None:
    """Say which fault an attempt meets, counting attempts from 0."""
    for fault in faults:
        if fault.times == 0 or attempt < fault.times:
            return fault
        attempt -= fault.times
    return None
