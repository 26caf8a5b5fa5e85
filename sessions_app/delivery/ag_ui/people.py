from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.answer_schema import interrupt_of
from sessions_app.delivery.ag_ui.run_state import RunState, call_id
from sessions_app.delivery.ag_ui.sub_agents import SubAgents
from sessions_app.protocol.events import Approval, ApprovalRequest, Error, UserMessage


@dataclass(frozen=True, slots=True)
class People:
    """Turns what people say, are asked and answer into AG-UI's messages."""

    state: RunState
    agents: SubAgents
    command_id: str  # of the message that the run was asked with
    answered: Collection[str]  # questions that the run was asked with answers to

    def message(self, event: UserMessage) -> wire.Out:
        if self._is_awaited(event):
            self.state.is_awaited = False
            return  # the client has it: it is the client's own message
        owner = self.agents.owner(event.session_id)
        id_ = event.command_id or f"{event.session_id}.{event.seq}"
        yield wire.TextMessageStart(message_id=id_, role="user", subagent_run_id=owner)
        if event.text:
            yield wire.TextMessageContent(
                message_id=id_, delta=event.text, subagent_run_id=owner
            )
        yield wire.TextMessageEnd(message_id=id_, subagent_run_id=owner)

    def asked(self, event: ApprovalRequest) -> wire.Out:
        name = call_id(event.session_id, event.tool_use_id)
        if name not in self.answered:
            self.state.questions[name] = event
        yield wire.custom(event, self.agents.owner(event.session_id))

    def answer(self, event: Approval) -> wire.Out:
        name = call_id(event.session_id, event.tool_use_id)
        self.state.questions.pop(name, None)
        yield wire.custom(event, self.agents.owner(event.session_id))

    def error(self, event: Error) -> wire.Out:
        if self._is_awaited(event):
            self.state.is_awaited = False  # it could not be carried out
        yield wire.custom(event, self.agents.owner(event.session_id))

    def interrupts(self) -> list[wire.OpenInterrupt]:
        return [
            interrupt_of(name, question, self.agents.owner(question.session_id))
            for name, question in self.state.questions.items()
        ]

    def _is_awaited(self, event: UserMessage | Error) -> bool:
        is_ours = event.session_id == self.agents.root and self.state.is_awaited
        return is_ours and event.command_id == self.command_id
