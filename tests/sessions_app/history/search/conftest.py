import pytest

from sessions_app.history.search import table as search_table
from sessions_app.models import AgentSession
from tests.sessions_app.history.search.searching import index_all, write


@pytest.fixture
def empty_index(db: None) -> None:
    search_table.forget_all()


@pytest.fixture
def log(session: AgentSession) -> AgentSession:
    write(session, "user_message", text="Fix the flaky test in billing_report")
    write(session, "text_delta", block="m1.0", offset=0, delta="Looking at it")
    write(session, "text", block="m1.0", text="Looking at the Invoice totals, café")
    write(session, "thinking", block="m1.1", text="perhaps a race")
    write(session, "tool_use", tool="bash", input={"command": "grep -rn race src/a.py"})
    write(session, "tool_result", tool="bash", output="src/a.py:12: no race here")
    write(session, "error", code="rate_limited", message="try again")
    index_all()
    return session
