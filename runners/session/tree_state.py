from dataclasses import dataclass
from typing import Self

from runners.journal.budget import Budget
from sessions_app.models import AgentSession


@dataclass(frozen=True, slots=True)
class TreeState:
    """State shared by a session and all sub-agents below it."""

    top: AgentSession  # the top session: its options and budget hold for the whole tree
    budget: Budget
    depth: int  # of this session in the tree: 0 at the top

    @classmethod
    def at_top(cls, session: AgentSession) -> Self:
        budget = Budget(session.model, is_told_costs=not session.kind.has_budget)
        return cls(session, budget, 0)

    def below(self) -> "TreeState":
        return TreeState(self.top, self.budget, self.depth + 1)
