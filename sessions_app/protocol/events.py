from typing import Annotated, Literal

import msgspec

from sessions_app.protocol.fields.agent_options import AgentCommand, ConfigOption
from sessions_app.protocol.fields.question import ApprovalOption, Question
from sessions_app.protocol.fields.tool_details import (
    ContentBlock,
    FileDiff,
    FileLocation,
    ToolKind,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Json, Usage, Wire

Kind = Literal["text", "thinking", "tool_input"]
Outcome = Literal["success", "error", "interrupted", "cancelled", "budget"]
# When a text arrived: about one pair per 100 ms, (UTF-16 code units, ms since the
# previous pair).
Pace = list[tuple[int, int]]
TS_MAX = 253_402_300_799_999  # the end of the year 9999, the last one of `datetime`
# Integers that both the database and a browser represent exactly.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Event(Wire, frozen=True, kw_only=True):
    """One line of a session's log; the log stamps `session_id`, `seq` and `ts`.

    `ts` is the emission time in ms since 1970. `more` holds the fields that this
    version does not know; they are encoded again, as fields of the event. An event
    with a `whole_id` was too large: the event is a cut copy, and the output with that
    id holds the whole. In a `masked` event secrets are replaced by stars;
    `unmasked_id` names the encrypted original, which only this installation's agents
    can read.
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
        """The block or tool call that deltas add to, and that a final replaces."""
        return None


class UnknownEvent(Event, frozen=True, kw_only=True):
    """An event of a type that this version does not know: `more` has its fields."""


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
    kept_blocks: int | None = None  # how many of the first blocks count; rest was cut


class TurnDiscarded(Event, frozen=True, kw_only=True):
    """A failed attempt at a turn: viewers remove its blocks."""

    message_id: str
    reason: str
    usage: Usage = Usage()  # failed attempts are billed too
    cost_usd: float | None = None

    @property
    def stream(self) -> str | None:
        return self.message_id


class BlockStart(BlockEvent, frozen=True, kw_only=True):
    """Fixes the block's position in the message; a tool block also names the tool."""

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
    """What the agent says; `content` are the images and resources that follow it."""

    text: str
    citations: list[Json] = msgspec.field(default_factory=list)
    content: list[ContentBlock] = msgspec.field(default_factory=list)
    partial: bool = False
    pace: Pace = msgspec.field(default_factory=list)


class Thinking(BlockEvent, frozen=True, kw_only=True):
    text: str
    signature: str = ""
    partial: bool = False
    pace: Pace = msgspec.field(default_factory=list)


class OpaqueBlock(BlockEvent, frozen=True, kw_only=True):
    """A block kept unchanged, to be sent back to the API when resuming."""

    raw: Json


class ToolUse(BlockEvent, frozen=True, kw_only=True):
    tool_use_id: str
    tool: str
    input: Json
    partial: bool = False  # cut off before its end, so the tool is never run
    title: str = ""  # the agent's own words for the call
    kind: ToolKind = ""
    locations: list[FileLocation] = msgspec.field(default_factory=list)
    diffs: list[FileDiff] = msgspec.field(default_factory=list)


class ToolUpdate(Event, frozen=True, kw_only=True):
    """What an agent says of a call that is open; a field that is empty stays as it was.

    Lists replace those that were said before.
    """

    tool_use_id: str
    title: str = ""
    kind: ToolKind = ""
    input: Json | None = None
    locations: list[FileLocation] = msgspec.field(default_factory=list)
    diffs: list[FileDiff] = msgspec.field(default_factory=list)


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
    # The files that the tool read or wrote, and their digests, for later edits.
    seen: dict[str, str] = msgspec.field(default_factory=dict)
    locations: list[FileLocation] = msgspec.field(default_factory=list)
    diffs: list[FileDiff] = msgspec.field(default_factory=list)
    # What is more than text, such as images; `output` says the same in words.
    content: list[ContentBlock] = msgspec.field(default_factory=list)


class AgentSpawn(Event, frozen=True, kw_only=True):
    child_id: str
    task: str
    tool_use_id: str


class AgentComplete(Event, frozen=True, kw_only=True):
    """One run of this session's agent has ended; `usage` and `cost_usd` are the run's.

    `rest_usage` and `rest_cost_usd` are the part that an external program did not
    report with its turns; they are added to the session's sums. `priced_tokens` is the
    number of the run's tokens whose price is now known and included in the rest.
    """

    status: Outcome
    usage: Usage
    cost_usd: float | None = None
    duration_ms: int = 0
    rest_usage: Usage = Usage()
    rest_cost_usd: float = 0.0
    priced_tokens: int = 0


class ApprovalRequest(Event, frozen=True, kw_only=True):
    """Asks people; with `options` one of those is the answer, else yes or no is.

    `plan` is Markdown to be agreed to. `questions` are a form that goes with a yes.
    """

    tool_use_id: str
    tool: str
    input: Json
    reason: str
    rule: str = ""  # the rule that "approve for this session" creates; "": once only
    title: str = ""
    kind: ToolKind = ""
    locations: list[FileLocation] = msgspec.field(default_factory=list)
    diffs: list[FileDiff] = msgspec.field(default_factory=list)
    options: list[ApprovalOption] = msgspec.field(default_factory=list)
    plan: str = ""
    questions: list[Question] = msgspec.field(default_factory=list)


class Approval(Event, frozen=True, kw_only=True):
    tool_use_id: str
    decision: Literal["approved", "denied"]
    scope: Literal["once", "session"] = "once"
    rule: str = ""  # the rule that an approval for the session created
    input: Json | None = None  # the tool's input, if the person has edited it
    reason: str = ""
    option_id: str = ""  # which of the request's options was chosen
    answers: Json | None = None  # to the request's questions, by their ids
    by: str = ""
    command_id: str = ""


class TodoUpdate(Event, frozen=True, kw_only=True):
    items: list[Json]


class AgentInfo(Event, frozen=True, kw_only=True):
    """Which agent runs; `agent_session_id` is its own name for the session.

    `title` is what it calls the session for people, in a few words.
    """

    agent: str
    version: str = ""
    agent_session_id: str = ""
    title: str = ""


class ConfigOptions(Event, frozen=True, kw_only=True):
    """All settings that the agent offers now, and what holds."""

    options: list[ConfigOption] = msgspec.field(default_factory=list)


class OptionChosen(Event, frozen=True, kw_only=True):
    """A person asks for another choice; `config_options` says when it holds."""

    option_id: str
    value: str
    by: str = ""
    command_id: str = ""


class AvailableCommands(Event, frozen=True, kw_only=True):
    """All commands that people may write to the agent now."""

    commands: list[AgentCommand] = msgspec.field(default_factory=list)


class ContextUsage(Event, frozen=True, kw_only=True):
    """How full the agent's context is, in tokens.

    `cost_usd` is the agent's own sum since its session began. It is shown, and not
    added to Ringside's sum, which comes from `turn_end` and `agent_complete`.
    """

    used: Count
    size: Count
    cost_usd: float | None = None


class MemoryGap(Event, frozen=True, kw_only=True):
    """The agent no longer remembers `text`, or what the log says before this event."""

    reason: str
    text: str = ""


class Retry(Event, frozen=True, kw_only=True):
    attempt: int
    delay_ms: int
    error: str


class Compacted(Event, frozen=True, kw_only=True):
    """The conversation was compacted: it continues from a summary."""

    summary: str
    reason: str
    usage: Usage
    cost_usd: float | None = None


class Throttled(Event, frozen=True, kw_only=True):
    delay_ms: int
    reason: str


class Resumed(Event, frozen=True, kw_only=True):
    """The throttle has ended."""


class Status(Event, frozen=True, kw_only=True):
    status: SessionStatus
    detail: str = ""
    command_id: str = ""  # id of the interrupt or cancel that caused the status


class Redacted(Event, frozen=True, kw_only=True):
    """These events were redacted; each keeps its seq, as a tombstone."""

    seqs: list[int]
    by: str = ""


class Error(Event, frozen=True, kw_only=True):
    code: str
    message: str
    fatal: bool
    command_id: str = ""  # id of the command that could not be carried out


Delta = TextDelta | ThinkingDelta | ToolInputDelta | ToolOutputDelta
# A final holds its stream's whole content and comes after its deltas.
Final = Text | Thinking | ToolUse | ToolResult
