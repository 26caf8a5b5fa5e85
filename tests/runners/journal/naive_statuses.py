from dataclasses import dataclass

from runners.journal.journal import Journal
from sessions_app.commands.submit import FromPeople
from sessions_app.models import AgentSession
from sessions_app.protocol import commands

ACTIVE = {"running", "waiting"}
AT_REST = {"idle", "completed", "failed", "interrupted", "cancelled"}
CUT_SHORT = {"idle", "failed", "interrupted"}
FROM_PEOPLE: list[FromPeople] = [
    commands.Prompt(text="go on"),
    commands.Prompt(text="and on"),
    commands.Approve(tool_use_id="toolu_1"),
    commands.Interrupt(),
    commands.Cancel(),
]


def runs_may_go(before: str, after: str) -> bool:
    """The naive rule of runs: only one that has begun may end, wait or be handed on."""
    return before in ACTIVE or after in {"running", "failed"}


@dataclass
class Holder:
    """A runner that has a session's lease, or one that believes to have it still."""

    session: AgentSession
    journal: Journal
