from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runners.engines.acp.updates.tool_call import AgentToolCall

TASKS = ("task", "agent", "subagent")


@dataclass(slots=True)
class QuietWatch:
    """Notices an agent that has said nothing while a hidden sub-agent of it works.

    Some agents do not report what their sub-agents do, nor what these ask: such a
    sub-agent waits for ever for an answer that nobody can give. Times are in seconds of
    `clock`.
    """

    clock: Callable[[], float]
    warn_s: float
    max_s: float
    _heard_at: float = 0.0
    _has_warned: bool = False

    def heard(self) -> None:
        """The agent has said something, or has been asked for something."""
        self._heard_at = self.clock()
        self._has_warned = False

    def check(self, hidden: Sequence[object]) -> str:
        """What to do about these: "" nothing, "warn" once, or "end"."""
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
    """Whether an open call is a sub-agent's, by its tool's name or its input."""
    if call.is_done:
        return False
    input_ = call.said.get("input", {})
    return call.tool.lower() in TASKS or "subagent_type" in input_
