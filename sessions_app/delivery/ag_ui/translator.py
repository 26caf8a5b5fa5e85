from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.blocks import Blocks
from sessions_app.delivery.ag_ui.calls import Calls
from sessions_app.delivery.ag_ui.people import People
from sessions_app.delivery.ag_ui.run_state import RunState
from sessions_app.delivery.ag_ui.sub_agents import SubAgents
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

Handler = Callable[[Any], wire.Out]


class AgUiTranslator:
    """Turns the events of a session and its sub-agents into AG-UI events.

    It does no I/O, and what it returns depends on its state and the event alone. So a
    stream that was cut goes on from a `Position`, whatever server it comes to.
    """

    def __init__(
        self, root: str, state: RunState, command_id: str, answered: Collection[str]
    ) -> None:
        """`command_id`, `answered`: the message and answers that the run came with."""
        self.state = state
        self._root = root
        self._agents = SubAgents(root, state)
        self._calls = Calls(state, self._agents)
        self._blocks = Blocks(state, self._agents, self._calls)
        self._people = People(state, self._agents, command_id, answered)
        self._handlers = self._handled()
        for name in answered:
            state.questions.pop(name, None)

    def translate(self, event: Event) -> list[wire.AgUiEvent]:
        """Return the AG-UI events for the next event of one of the logs."""
        handler = self._handlers.get(type(event), self._custom)
        found = [*self._agents.begin(event.session_id), *handler(event)]
        return [msgspec.structs.replace(one, timestamp=event.ts) for one in found]

    @property
    def is_at_rest(self) -> bool:
        """The session has ended what it did, and nothing asked for is still to come."""
        return self.state.rest is not None and not self.state.is_awaited

    def end(self) -> list[wire.AgUiEvent]:
        """Close what is open; the next run of the thread goes on with it."""
        return [*self._blocks.end(), *self._agents.end()]

    def interrupts(self) -> list[wire.OpenInterrupt]:
        return self._people.interrupts()

    def _todos(self, event: TodoUpdate) -> wire.Out:
        yield wire.ActivitySnapshot(
            message_id=f"{event.session_id}.todos",
            activity_type="PLAN",
            content={"items": event.items},
            subagent_run_id=self._agents.owner(event.session_id),
        )

    def _status(self, event: Status) -> wire.Out:
        if event.session_id == self._root:
            self.state.rest = event if event.status.is_over else None
        yield from self._custom(event)

    def _custom(self, event: Event) -> wire.Out:
        yield wire.custom(event, self._agents.owner(event.session_id))

    def _handled(self) -> Mapping[type[Event], Handler]:
        """Return what handles each type of event; all others are CUSTOM."""
        return MappingProxyType[type[Event], Handler](
            {
                AgentComplete: self._agents.complete,
                AgentSpawn: self._agents.spawn,
                Approval: self._people.answer,
                ApprovalRequest: self._people.asked,
                BlockStart: self._blocks.start,
                Error: self._people.error,
                Status: self._status,
                Text: self._blocks.final,
                TextDelta: self._blocks.delta,
                Thinking: self._blocks.final,
                ThinkingDelta: self._blocks.delta,
                TodoUpdate: self._todos,
                ToolInputDelta: self._calls.input_delta,
                ToolResult: self._calls.result,
                ToolUse: self._calls.use,
                TurnDiscarded: self._blocks.discard,
                UserMessage: self._people.message,
            }
        )
