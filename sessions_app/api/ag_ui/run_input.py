from typing import Any

import msgspec

from sessions_app.api.errors import ApiError
from sessions_app.protocol.encoding.numbers import read_float
from sessions_app.protocol.prepared import prepare


class InputMessage(msgspec.Struct, frozen=True, rename="camel"):
    """A message of the client's history; only the last one is read."""

    id: str
    role: str
    content: Any = None


class InputAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The client's answer to an interrupt."""

    interrupt_id: str
    status: str
    payload: Any = None


class RunInput(msgspec.Struct, frozen=True, rename="camel"):
    """AG-UI's RunAgentInput, as far as Ringside reads it."""

    thread_id: str
    run_id: str
    messages: list[InputMessage] = []
    resume: list[InputAnswer] | None = None
    state: Any = None
    forwarded_props: Any = None

    @property
    def new_message(self) -> InputMessage | None:
        """What the person says now: the last message, if it is a person's."""
        last = self.messages[-1] if self.messages else None
        return last if last is not None and last.role == "user" else None

    @property
    def is_first_message(self) -> bool:
        return sum(one.role == "user" for one in self.messages) == 1

    @property
    def cursor(self) -> str:
        """The end of the thread's last run, as that run's state has it."""
        ours = self.state.get("ringside") if isinstance(self.state, dict) else None
        cursor = ours.get("cursor") if isinstance(ours, dict) else None
        return cursor if isinstance(cursor, str) else ""


prepare(RunInput)
_decoder = msgspec.json.Decoder(RunInput, float_hook=read_float)


def read_run_input(body: bytes) -> RunInput:
    """Decode the body of a request for a run. Raises ApiError."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError(400, f"The body is no RunAgentInput: {error}") from None


def text_of(message: InputMessage) -> str:
    """Return the text of a person's message. Raises ApiError."""
    content = message.content
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        if any(part.get("type") != "text" for part in parts):
            raise ApiError(400, "messages: only text can be sent to a session.")
        content = "\n".join(str(part.get("text", "")) for part in parts)
    if not isinstance(content, str):
        raise ApiError(400, "messages: the last one has no text.")
    return content
