from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.answer_schema import interrupt_of
from sessions_app.delivery.ag_ui.run_state import (
    AGENT,
    ENDED_AGENT,
    HELD_AGENT,
    RunState,
    SentBlock,
    SubAgent,
    call_id,
    unknown,
)
from sessions_app.delivery.ag_ui.text_blocks import close_block, open_block, send_text
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    Approval,
    ApprovalRequest,
    BlockStart,
    Error,
    Event,
    Status,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    TodoUpdate,
    ToolInputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
    UserMessage,
)
from sessions_app.protocol.prepared import prepared

Out = Iterator[wire.AgUiEvent]
NAME_MAX_CHARS = 80  # of a sub-agent
ENDS = frozenset({"success", "interrupted", "cancelled"})  # of a sub-agent, no error


class AgUiTranslator:
    """Turns the events of a session and its sub-agents into AG-UI events.

    It does no I/O, and what it returns depends on its state and the event alone. So a
    stream that was cut goes on from a `Position`, whatever server it comes to.
    """

    def __init__(
        self, root: str, state: RunState, command_id: str, answered: Collection[str]
    ) -> None:
        self.state = state
        self._root = root
        self._command_id = command_id  # of the message that the run was asked with
        self._answered = answered  # questions that the run was asked with answers to
        for name in answered:
            state.questions.pop(name, None)

    def translate(self, event: Event) -> list[wire.AgUiEvent]:
        """Return the AG-UI events for the next event of one of the logs."""
        handler = HANDLERS.get(type(event), AgUiTranslator._custom)
        found = [*self._agent(event.session_id), *handler(self, event)]
        return [msgspec.structs.replace(one, timestamp=event.ts) for one in found]

    @property
    def is_at_rest(self) -> bool:
        """The session has ended what it did, and nothing asked for is still to come."""
        return self.state.rest is not None and not self.state.is_awaited

    def owner(self, session_id: str) -> str:
        """Return the `subagentRunId` of a session's events; "": the main agent."""
        return "" if session_id == self._root else session_id

    def end(self) -> list[wire.AgUiEvent]:
        """Close what is open; the next run of the thread goes on with it."""
        found: list[wire.AgUiEvent] = []
        for block in self.state.blocks.values():
            if not block.is_held:
                found += close_block(block, self.owner(block.start.session_id))
        # A sub-agent's own sub-agents end before it.
        for id_, agent in reversed(self.state.agents.items()):
            if agent.phase == AGENT:
                asked = self._questions_of(id_)
                outcome = wire.Outcome(type="suspended", interrupt_ids=asked)
                found.append(
                    wire.SubagentFinished(subagent_run_id=id_, outcome=outcome)
                )
        return found

    def interrupts(self) -> list[wire.OpenInterrupt]:
        return [
            interrupt_of(name, question, self.owner(question.session_id))
            for name, question in self.state.questions.items()
        ]

    def _questions_of(self, session_id: str) -> list[str]:
        questions = self.state.questions.items()
        return [name for name, one in questions if one.session_id == session_id]

    # --- sub-agents ---------------------------------------------------------------

    def _agent(self, session_id: str) -> Out:
        """Start the sub-agent of an event, and those above it, if this run has not."""
        if session_id == self._root:
            return
        agent = self.state.agents.get(session_id) or SubAgent(
            unknown(session_id), HELD_AGENT
        )
        if agent.phase != HELD_AGENT:
            return
        spawn = agent.spawn
        yield from self._agent(spawn.session_id or self._root)
        self.state.agents[session_id] = SubAgent(spawn, AGENT)
        title = spawn.task.strip().partition("\n")[0][:NAME_MAX_CHARS]
        call = call_id(spawn.session_id, spawn.tool_use_id) if spawn.tool_use_id else ""
        yield wire.SubagentStarted(
            subagent_run_id=session_id,
            name=title or "sub-agent",
            description=spawn.task,
            parent_subagent_run_id=self.owner(spawn.session_id or self._root),
            parent_tool_call_id=call,
        )

    def _spawn(self, event: AgentSpawn) -> Out:
        if event.child_id not in self.state.agents:
            self.state.agents[event.child_id] = SubAgent(event, HELD_AGENT)
            yield from self._agent(event.child_id)

    def _complete(self, event: AgentComplete) -> Out:
        id_ = event.session_id
        agent = self.state.agents.get(id_)
        if agent is not None and agent.phase == AGENT:
            self.state.agents[id_] = SubAgent(agent.spawn, ENDED_AGENT)
            if event.status in ENDS:
                outcome = wire.Outcome(type="success")
                yield wire.SubagentFinished(subagent_run_id=id_, outcome=outcome)
            else:
                yield wire.SubagentError(
                    subagent_run_id=id_,
                    message=f"The sub-agent ended with: {event.status}.",
                    code=event.status,
                )
        yield from self._custom(event)

    # --- texts and calls ----------------------------------------------------------

    def _block(self, event: BlockStart) -> Out:
        block = SentBlock(event)
        self.state.blocks[event.session_id, event.block] = block
        yield from self._opened(block)

    def _delta(self, event: TextDelta | ThinkingDelta) -> Out:
        key = event.session_id, event.block
        block = self.state.blocks.get(key)
        if block is None:
            return  # the stream began within this block: its final has it all
        new = block.sent - event.offset
        if new < 0:
            return  # what is between was swept from the log: the final has it all
        delta = event.delta if new == 0 else after(event.delta, new)
        if delta:
            yield from self._reopened(key)
            yield from send_text(block, delta, self.owner(event.session_id))
            sent = block.sent + utf16_len(delta)
            self.state.blocks[key] = SentBlock(block.start, sent)

    def _no_delta(self, event: ToolInputDelta) -> Out:
        """Wait for the call's final, which has its input whole."""
        yield from ()

    def _text(self, event: Text | Thinking) -> Out:
        key = event.session_id, event.block
        kind: Literal["text", "thinking"] = (
            "text" if isinstance(event, Text) else "thinking"
        )
        if key not in self.state.blocks:
            start = BlockStart(
                block=event.block, kind=kind, session_id=event.session_id
            )
            yield from self._block(start)
        yield from self._reopened(key)
        block = self.state.blocks.pop(key)
        if rest := after(event.text, block.sent):
            yield from send_text(block, rest, self.owner(event.session_id))
        yield from close_block(block, self.owner(event.session_id))

    def _tool_use(self, event: ToolUse) -> Out:
        self.state.blocks.pop((event.session_id, event.block), None)
        owner = self.owner(event.session_id)
        name = call_id(event.session_id, event.tool_use_id)
        if name not in self.state.calls:
            yield from self._called(event, event.tool_use_id, event.tool)
        yield wire.ToolCallArgs(
            tool_call_id=name,
            delta=encode_json(event.input).decode(),
            subagent_run_id=owner,
        )
        yield wire.ToolCallEnd(tool_call_id=name, subagent_run_id=owner)

    def _result(self, event: ToolResult) -> Out:
        name = call_id(event.session_id, event.tool_use_id)
        owner = self.owner(event.session_id)
        if name not in self.state.calls:  # made in an earlier run: clients know it
            yield wire.ToolCallStart(
                tool_call_id=name, tool_call_name=event.tool, subagent_run_id=owner
            )
            yield wire.ToolCallEnd(tool_call_id=name, subagent_run_id=owner)
        self.state.calls.pop(name, None)
        yield wire.ToolCallResult(
            message_id=f"{name}.result",
            tool_call_id=name,
            content=event.output,
            role="tool",
            subagent_run_id=owner,
        )

    def _discarded(self, event: TurnDiscarded) -> Out:
        for key, block in list(self.state.blocks.items()):
            if key[0] == event.session_id and key[1].startswith(f"{event.message_id}."):
                del self.state.blocks[key]
                if not block.is_held:
                    yield from close_block(block, self.owner(event.session_id))
        yield from self._custom(event)

    def _opened(self, block: SentBlock) -> Out:
        start = block.start
        if start.kind != "tool_input":
            yield from open_block(block, self.owner(start.session_id))
        elif start.tool_use_id:
            yield from self._called(start, start.tool_use_id, start.tool)

    def _reopened(self, key: tuple[str, str]) -> Out:
        """Begin a block again that an earlier run of the thread has sent a part of."""
        block = self.state.blocks[key]
        if block.is_held:
            self.state.blocks[key] = SentBlock(block.start, block.sent)
            yield from self._opened(block)

    def _called(self, event: Event, tool_use_id: str, tool: str) -> Out:
        name = call_id(event.session_id, tool_use_id)
        self.state.calls[name] = (event.session_id, event.seq)
        yield wire.ToolCallStart(
            tool_call_id=name,
            tool_call_name=tool,
            subagent_run_id=self.owner(event.session_id),
        )

    # --- people, and all else -----------------------------------------------------

    def _user(self, event: UserMessage) -> Out:
        if self._is_awaited(event):
            self.state.is_awaited = False
            return  # the client has it: it is the client's own message
        owner = self.owner(event.session_id)
        id_ = event.command_id or f"{event.session_id}.{event.seq}"
        yield wire.TextMessageStart(message_id=id_, role="user", subagent_run_id=owner)
        if event.text:
            yield wire.TextMessageContent(
                message_id=id_, delta=event.text, subagent_run_id=owner
            )
        yield wire.TextMessageEnd(message_id=id_, subagent_run_id=owner)

    def _asked(self, event: ApprovalRequest) -> Out:
        name = call_id(event.session_id, event.tool_use_id)
        if name not in self._answered:
            self.state.questions[name] = event
        yield from self._custom(event)

    def _answer(self, event: Approval) -> Out:
        name = call_id(event.session_id, event.tool_use_id)
        self.state.questions.pop(name, None)
        yield from self._custom(event)

    def _todos(self, event: TodoUpdate) -> Out:
        yield wire.ActivitySnapshot(
            message_id=f"{event.session_id}.todos",
            activity_type="PLAN",
            content={"items": event.items},
            subagent_run_id=self.owner(event.session_id),
        )

    def _status(self, event: Status) -> Out:
        if event.session_id == self._root:
            self.state.rest = event if event.status.is_over else None
        yield from self._custom(event)

    def _error(self, event: Error) -> Out:
        if self._is_awaited(event):
            self.state.is_awaited = False  # it could not be carried out
        yield from self._custom(event)

    def _is_awaited(self, event: UserMessage | Error) -> bool:
        is_ours = event.session_id == self._root and self.state.is_awaited
        return is_ours and event.command_id == self._command_id

    def _custom(self, event: Event) -> Out:
        raw = encode(event).encode()
        kind = msgspec.json.decode(raw, type=_Type).type
        yield wire.Custom(
            name=f"ringside.{kind}",
            value=msgspec.Raw(raw),
            subagent_run_id=self.owner(event.session_id),
        )


@prepared
class _Type(msgspec.Struct):
    type: str


def after(text: str, units: int) -> str:
    """Return a text without its first UTF-16 code units."""
    if text.isascii():
        return text[units:]
    return text.encode("utf-16-le")[2 * units :].decode("utf-16-le")


Handler = Callable[[AgUiTranslator, Any], Out]
HANDLERS: Mapping[type[Event], Handler] = MappingProxyType(
    {
        AgentComplete: AgUiTranslator._complete,
        AgentSpawn: AgUiTranslator._spawn,
        Approval: AgUiTranslator._answer,
        ApprovalRequest: AgUiTranslator._asked,
        BlockStart: AgUiTranslator._block,
        Error: AgUiTranslator._error,
        Status: AgUiTranslator._status,
        Text: AgUiTranslator._text,
        TextDelta: AgUiTranslator._delta,
        Thinking: AgUiTranslator._text,
        ThinkingDelta: AgUiTranslator._delta,
        TodoUpdate: AgUiTranslator._todos,
        ToolInputDelta: AgUiTranslator._no_delta,
        ToolResult: AgUiTranslator._result,
        ToolUse: AgUiTranslator._tool_use,
        TurnDiscarded: AgUiTranslator._discarded,
        UserMessage: AgUiTranslator._user,
    }
)
