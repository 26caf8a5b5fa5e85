from dataclasses import dataclass

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.run_state import (
    AGENT,
    ENDED_AGENT,
    HELD_AGENT,
    RunState,
    SubAgent,
    call_id,
    unknown,
)
from sessions_app.protocol.events import AgentComplete, AgentSpawn

NAME_MAX_CHARS = 80  # of a sub-agent
ENDS = frozenset({"success", "interrupted", "cancelled"})  # of a sub-agent, no error


@dataclass(frozen=True, slots=True)
class SubAgents:
    """Turns what is logged of sub-agents into AG-UI's events of them."""

    root: str
    state: RunState

    def owner(self, session_id: str) -> str:
        """Return the `subagentRunId` of a session's events; "": the main agent."""
        return "" if session_id == self.root else session_id

    def begin(self, session_id: str) -> wire.Out:
        """Start the sub-agent of an event, and those above it, if this run has not."""
        if session_id == self.root:
            return
        agent = self.state.agents.get(session_id) or SubAgent(
            unknown(session_id), HELD_AGENT
        )
        if agent.phase != HELD_AGENT:
            return
        spawn = agent.spawn
        yield from self.begin(spawn.session_id or self.root)
        self.state.agents[session_id] = SubAgent(spawn, AGENT)
        title = spawn.task.strip().partition("\n")[0][:NAME_MAX_CHARS]
        call = call_id(spawn.session_id, spawn.tool_use_id) if spawn.tool_use_id else ""
        yield wire.SubagentStarted(
            subagent_run_id=session_id,
            name=title or "sub-agent",
            description=spawn.task,
            parent_subagent_run_id=self.owner(spawn.session_id or self.root),
            parent_tool_call_id=call,
        )

    def spawn(self, event: AgentSpawn) -> wire.Out:
        if event.child_id not in self.state.agents:
            self.state.agents[event.child_id] = SubAgent(event, HELD_AGENT)
            yield from self.begin(event.child_id)

    def complete(self, event: AgentComplete) -> wire.Out:
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
        yield wire.custom(event, self.owner(id_))

    def end(self) -> wire.Out:
        """Suspend those that are at work; a sub-agent's own end before it."""
        questions = self.state.questions.items()
        for id_, agent in reversed(self.state.agents.items()):
            if agent.phase == AGENT:
                asked = [name for name, one in questions if one.session_id == id_]
                outcome = wire.Outcome(type="suspended", interrupt_ids=asked)
                yield wire.SubagentFinished(subagent_run_id=id_, outcome=outcome)
