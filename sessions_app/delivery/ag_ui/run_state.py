from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sessions_app.delivery.ag_ui.position import Mark
from sessions_app.protocol.events import (
    AgentSpawn,
    ApprovalRequest,
    BlockStart,
    Event,
    Status,
    ToolUse,
)

Source = tuple[str, int]  # an event's session id and seq
BLOCK, HELD_BLOCK, CALL = "b", "h", "c"
AGENT, HELD_AGENT, ENDED_AGENT = "a", "g", "z"
QUESTION, REST, AWAITED = "p", "s", "w"


@dataclass(frozen=True, slots=True)
class SentBlock:
    """A block that is streaming; `is_held`: it began in an earlier run of the thread.

    `sent` counts the UTF-16 code units of it that the stream has sent.
    """

    start: BlockStart
    sent: int = 0
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class SubAgent:
    """A sub-agent of the stream, with the event that spawned it, if that is known."""

    spawn: AgentSpawn
    phase: str = AGENT


@dataclass(slots=True)
class RunState:
    """What is open in a run; the translator owns it, and ids are made of it."""

    blocks: dict[tuple[str, str], SentBlock] = field(default_factory=dict)
    calls: dict[str, Source] = field(default_factory=dict)  # that wait for results
    agents: dict[str, SubAgent] = field(default_factory=dict)
    questions: dict[str, ApprovalRequest] = field(default_factory=dict)
    rest: Status | None = None  # the main session's, if it is at rest
    is_awaited: bool = False  # the message that this run was asked with is not logged

    def marks(self) -> tuple[Mark, ...]:
        return tuple(self._marks())

    def _marks(self) -> Iterator[Mark]:
        for block in self.blocks.values():
            kind = HELD_BLOCK if block.is_held else BLOCK
            yield Mark(kind, block.start.session_id, block.start.seq, block.sent)
        for session_id, seq in self.calls.values():
            yield Mark(CALL, session_id, seq)
        for agent in self.agents.values():
            spawn = agent.spawn
            # Without its spawn a sub-agent is named by itself: no event has seq 0.
            of = spawn.session_id if spawn.seq else spawn.child_id
            yield Mark(agent.phase, of, spawn.seq)
        for question in self.questions.values():
            yield Mark(QUESTION, question.session_id, question.seq)
        if self.rest is not None:
            yield Mark(REST, self.rest.session_id, self.rest.seq)
        if self.is_awaited:
            yield Mark(AWAITED, "-", 0)

    def end(self) -> None:
        """Forget what belongs to one run, and hold what goes on in the next one."""
        self.blocks = {
            key: replace(block, is_held=True) for key, block in self.blocks.items()
        }
        self.agents = {
            id_: replace(agent, phase=HELD_AGENT)
            for id_, agent in self.agents.items()
            if agent.phase != ENDED_AGENT
        }
        self.calls = {}
        self.rest = None


def sources_of(marks: tuple[Mark, ...]) -> set[Source]:
    """Return the events that `restore` needs."""
    return {(mark.session_id, mark.seq) for mark in marks if mark.seq}


def restore(marks: tuple[Mark, ...], events: Mapping[Source, Event]) -> RunState:
    """Build the state that `marks` describe; `events` are those that they name."""
    state = RunState()
    for mark in marks:
        event = events.get((mark.session_id, mark.seq))
        if mark.kind == AWAITED:
            state.is_awaited = True
        elif mark.kind in {AGENT, HELD_AGENT, ENDED_AGENT}:
            spawn = event if isinstance(event, AgentSpawn) else unknown(mark.session_id)
            state.agents[spawn.child_id] = SubAgent(spawn, mark.kind)
        elif isinstance(event, BlockStart) and mark.kind in {BLOCK, HELD_BLOCK}:
            block = SentBlock(event, mark.sent, mark.kind == HELD_BLOCK)
            state.blocks[event.session_id, event.block] = block
        elif isinstance(event, BlockStart | ToolUse) and mark.kind == CALL:
            source = (event.session_id, event.seq)
            state.calls[call_id(event.session_id, event.tool_use_id)] = source
        elif isinstance(event, ApprovalRequest) and mark.kind == QUESTION:
            name = call_id(event.session_id, event.tool_use_id)
            state.questions[name] = event
        elif isinstance(event, Status) and mark.kind == REST:
            state.rest = event
    return state


def call_id(session_id: str, tool_use_id: str) -> str:
    """Name a tool call, and its question, in the whole tree of sessions."""
    return f"{session_id}.{tool_use_id}"


def unknown(child_id: str) -> AgentSpawn:
    """Stand in for the spawn of a sub-agent that began before the stream did."""
    return AgentSpawn(child_id=child_id, task="", tool_use_id="")
