from typing import Annotated, Literal

import msgspec

from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Json, Usage, Wire

Kind = Literal["text", "thinking", "tool_input"]
Outcome = Literal["success", "error", "interrupted", "cancelled", "budget"]
# One pair per 100 ms or so: (UTF-16 code units, ms since the pair before).
Pace = list[tuple[int, int]]
# What the database and a browser hold exactly.
TS_MAX = 253_402_300_799_999  # the year 9999 ends: what calendars hold
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Event(Wire, frozen=True, kw_only=True):
    """One line of a session's log; the log stamps `session_id`, `seq` and `ts`.

    `ts` is the emission time in ms since 1970. `more` holds the fields this
    version does not know; they are kept and travel on, flattened. An event with a
    `whole_id` was too large to travel: this one is cut, that output holds it whole.
    In an event that is `masked`, stars stand for secrets; `unmasked_id` names the
    encrypted original, which only this installation's agents can read.
    """

    session_id: str = ""
    seq: Count = 0
    ts: Count = 0
    whole_id: str = ""
    masked: bool = False
    unmasked_id: str = ""
    more: Json = msgspec.field(default_factory=dict)

    @property
    def stream(self) -> str | None:
        """What deltas add to and a final supersedes: a block, or a tool's output."""
        return None


class UnknownEvent(Event, frozen=True, kw_only=True):
    """An event of a type this version does not know: `more` is all of it."""


class BlockEvent(Event, frozen=True, kw_only=True):
    """An event of one block, named `<messageId>.<index>`."""

    block: str

    @property
    def stream(self) -> str | None:
        return self.block


class ToolEvent(Event, frozen=True, kw_only=True):
    """An event of one tool call."""

    tool_use_id: str

    @property
    def stream(self) -> str | None:
        return self.tool_use_id


class SessionStarted(Event, frozen=True, kw_only=True):
    model: str
    workdir: str
    permission_mode: str
    engine: str
    resumed: bool = False


class UserMessage(Event, frozen=True, kw_only=True):
    text: str
    by: str = ""
    command_id: str = ""


class TurnStart(Event, frozen=True, kw_only=True):
    turn: int
    message_id: str
    model: str


class TurnEnd(Event, frozen=True, kw_only=True):
    turn: int
    message_id: str
    stop_reason: str
    usage: Usage
    cost_usd: float | None = None  # None: the model's price is not known
    ttft_ms: int | None = None
    kept_blocks: int | None = None  # the first so many; the others were cut


class TurnDiscarded(Event, frozen=True, kw_only=True):
    """A broken attempt: viewers drop its blocks."""

    message_id: str
    reason: str
    usage: Usage = Usage()  # broken attempts are billed too
    cost_usd: float | None = None

    @property
    def stream(self) -> str | None:
        return self.message_id


class BlockStart(BlockEvent, frozen=True, kw_only=True):
    """Fixes the block's place in the order; a tool's block also says which tool."""

    kind: Kind
    tool: str = ""
    tool_use_id: str = ""


class TextDelta(BlockEvent, frozen=True, kw_only=True):
    offset: int  # UTF-16 code units, here and in every delta
    delta: str


class ThinkingDelta(BlockEvent, frozen=True, kw_only=True):
    offset: int
    delta: str


class ToolInputDelta(BlockEvent, frozen=True, kw_only=True):
    offset: int
    delta: str


class Text(BlockEvent, frozen=True, kw_only=True):
    text: str
    citations: list[Json] = msgspec.field(default_factory=list)
    partial: bool = False
    pace: Pace = msgspec.field(default_factory=list)


class Thinking(BlockEvent, frozen=True, kw_only=True):
    text: str
    signature: str = ""
    partial: bool = False
    pace: Pace = msgspec.field(default_factory=list)


class OpaqueBlock(BlockEvent, frozen=True, kw_only=True):
    """A block kept as it came, for the API and for resume."""

    raw: Json


class ToolUse(BlockEvent, frozen=True, kw_only=True):
    tool_use_id: str
    tool: str
    input: Json
    partial: bool = False  # cut: never run


class ToolOutputDelta(ToolEvent, frozen=True, kw_only=True):
    offset: int
    delta: str


class ToolResult(ToolEvent, frozen=True, kw_only=True):
    tool: str
    output: str
    is_error: bool
    duration_ms: int
    truncated: bool = False
    output_id: str = ""
    # The files that it read or wrote, and which version: they may be edited.
    seen: dict[str, str] = msgspec.field(default_factory=dict)


class AgentSpawn(Event, frozen=True, kw_only=True):
    child_id: str
    task: str
    tool_use_id: str


class AgentComplete(Event, frozen=True, kw_only=True):
    """One run of this session's agent is over; `usage` and `cost_usd` are the run's.

    The rest is what the turns of an external program had not told: it is added to the
    session's sums. `priced_tokens` of the run now have a price, which is in the rest.
    """

    status: Outcome
    usage: Usage
    cost_usd: float | None = None
    duration_ms: int = 0
    rest_usage: Usage = Usage()
    rest_cost_usd: float = 0.0
    priced_tokens: int = 0


class ApprovalRequest(Event, frozen=True, kw_only=True):
    tool_use_id: str
    tool: str
    input: Json
    reason: str
    rule: str = ""  # what approving for the session allows; none: only this once


class Approval(Event, frozen=True, kw_only=True):
    tool_use_id: str
    decision: Literal["approved", "denied"]
    scope: Literal["once", "session"] = "once"
    rule: str = ""  # that it made, where it is for the session
    input: Json | None = None  # as edited by the one who approved
    reason: str = ""
    by: str = ""
    command_id: str = ""


class TodoUpdate(Event, frozen=True, kw_only=True):
    items: list[Json]


class Retry(Event, frozen=True, kw_only=True):
    attempt: int
    delay_ms: int
    error: str


class Compacted(Event, frozen=True, kw_only=True):
    """The conversation was summed up, and goes on from its summary."""

    summary: str
    reason: str
    usage: Usage
    cost_usd: float | None = None


class Throttled(Event, frozen=True, kw_only=True):
    delay_ms: int
    reason: str


class Resumed(Event, frozen=True, kw_only=True):
    """The throttle is off."""


class Status(Event, frozen=True, kw_only=True):
    status: SessionStatus
    detail: str = ""
    command_id: str = ""  # of the interrupt or cancel that led to it


class Redacted(Event, frozen=True, kw_only=True):
    """Words of these events were covered; each keeps its place, as a tombstone."""

    seqs: list[int]
    by: str = ""


class Error(Event, frozen=True, kw_only=True):
    code: str
    message: str
    fatal: bool
    command_id: str = ""  # of the command that could not be followed


Delta = TextDelta | ThinkingDelta | ToolInputDelta | ToolOutputDelta
# A final carries the whole of its stream and comes after its deltas.
Final = Text | Thinking | ToolUse | ToolResult
