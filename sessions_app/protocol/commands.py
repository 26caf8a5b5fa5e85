from typing import Literal

import msgspec

from sessions_app.protocol.wire import Json, Wire


class Command(Wire, frozen=True, kw_only=True):
    """A request of a person, or of the server, to a runner."""


class Prompt(Command, frozen=True, kw_only=True):
    text: str


class Interrupt(Command, frozen=True, kw_only=True):
    """Stop what runs now; the conversation can be continued."""


class Cancel(Command, frozen=True, kw_only=True):
    """End the session and its whole tree of sub-agents."""


class Approve(Command, frozen=True, kw_only=True):
    tool_use_id: str
    scope: Literal["once", "session"] = "once"
    input: Json | None = None  # if given, replaces the tool's input
    option_id: str = ""  # of the request's options; "": the runner chooses by `scope`
    answers: Json | None = None  # to the request's questions, by their ids


class Deny(Command, frozen=True, kw_only=True):
    tool_use_id: str
    reason: str = ""
    option_id: str = ""


class Withdraw(Command, frozen=True, kw_only=True):
    """Take back a message that no runner has read yet; the database decides."""

    command_id: str


class SetOption(Command, frozen=True, kw_only=True):
    """Choose another value of one of the agent's settings."""

    option_id: str
    value: str


class Throttle(Command, frozen=True, kw_only=True):
    delay_ms: int = msgspec.field(name="delay_ms")  # pause between API calls


class Resume(Command, frozen=True, kw_only=True):
    """End the throttle."""


AnyCommand = (
    Prompt
    | Withdraw
    | Interrupt
    | Cancel
    | Approve
    | Deny
    | SetOption
    | Throttle
    | Resume
)
