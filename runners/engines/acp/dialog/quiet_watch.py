from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runners.engines.acp.updates.tool_call import AgentToolCall

TASKS = ("task", "agent", "subagent")


@dataclass(slots=True)
class QuietWatch:
    """Detects an agent that is silent while a sub-agent of it works unreported.

    Some agents report neither the updates nor the requests of their sub-agents: such a
    sub-agent may wait for ever for an approval that reached nobody. Times are in
    seconds of `clock`.
    """

    clock: Callable[[], float]
    warn_s: float
    max_s: float
    _heard_at: float = 0.0
    _has_warned: bool = False

    def heard(self) -> None:
        """Restart the silence: the agent sent a message, or an approval is pending."""
        self._heard_at = self.clock()
        self._has_warned = False

    def check(self, hidden: Sequence[object]) -> str:
        """Return what the silence calls for: "" (nothing), "warn" (once) or "end"."""
        if not hidden:
            return ""
        quiet = self.clock() - self._heard_at
        if quiet >= self.max_s:
            return "end"
        if quiet >= self.warn_s and not self._has_warned:
            self._has_warned = True
            return "warn"
        return ""


def runs_hidden_agent(call: AgentToolCall) -> bool:
    """True if an open call runs a sub-agent, judged by its tool's name or input."""
    if call.is_done:
        return False
    input_ = call.said.get("input", {})
    return call.tool.lower() in TASKS or "subagent_type" in input_
