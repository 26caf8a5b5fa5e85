import pytest

from runners.mailbox.command_events import approval_of
from runners.mailbox.pending_command import PendingCommand
from sessions_app.protocol.commands import Approve
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.fields.question import ApprovalOption

ONCE = ApprovalOption(id="once", name="Yes", kind="allow_once")
ALWAYS = ApprovalOption(id="always", name="Always", kind="allow_always")


@pytest.mark.parametrize(
    ("options", "scope"),
    [([ONCE, ALWAYS], "session"), ([ONCE], "once"), ([], "session")],
)
def test_a_yes_for_the_session_lasts_where_the_agent_lets_it(
    options: list[ApprovalOption], scope: str
) -> None:
    asked = ApprovalRequest(
        tool_use_id="c", tool="Bash", input={}, reason="", options=options
    )
    said = Approve(tool_use_id="c", scope="session")
    command = PendingCommand(id=1, session_id="s", by="ada", command=said)
    assert approval_of(command, asked, keeps_scope=True).scope == scope
