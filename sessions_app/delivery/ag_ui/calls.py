from dataclasses import dataclass

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.run_state import RunState, call_id
from sessions_app.delivery.ag_ui.sub_agents import SubAgents
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import Event, ToolInputDelta, ToolResult, ToolUse


@dataclass(frozen=True, slots=True)
class Calls:
    """Turns tools' calls and results into AG-UI's."""

    state: RunState
    agents: SubAgents

    def begin(self, event: Event, tool_use_id: str, tool: str) -> wire.Out:
        name = call_id(event.session_id, tool_use_id)
        self.state.calls[name] = (event.session_id, event.seq)
        yield wire.ToolCallStart(
            tool_call_id=name,
            tool_call_name=tool,
            subagent_run_id=self.agents.owner(event.session_id),
        )

    def input_delta(self, event: ToolInputDelta) -> wire.Out:
        """Wait for the call's final, which has its input whole."""
        yield from ()

    def use(self, event: ToolUse) -> wire.Out:
        self.state.blocks.pop((event.session_id, event.block), None)
        owner = self.agents.owner(event.session_id)
        name = call_id(event.session_id, event.tool_use_id)
        if name not in self.state.calls:
            yield from self.begin(event, event.tool_use_id, event.tool)
        yield wire.ToolCallArgs(
            tool_call_id=name,
            delta=encode_json(event.input).decode(),
            subagent_run_id=owner,
        )
        yield wire.ToolCallEnd(tool_call_id=name, subagent_run_id=owner)

    def result(self, event: ToolResult) -> wire.Out:
        name = call_id(event.session_id, event.tool_use_id)
        owner = self.agents.owner(event.session_id)
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
