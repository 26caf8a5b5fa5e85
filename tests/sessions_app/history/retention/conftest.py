import msgspec
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index
from sessions_app.models import (
    AgentSession,
    Command,
    Diagnostics,
    Output,
    Tag,
    WorkdirRule,
)
from sessions_app.protocol import events
from sessions_app.protocol.wire import Usage
from tests.sessions_app.logbook import (
    held_session,
    write_log,
)

SECRET = 'hunter2 "ü\n🎉'
COVER = "*" * 13
LOG = (
    events.UserMessage(text=f"The password is {SECRET}."),
    events.TurnStart(turn=1, message_id="m1", model="m"),
    events.Thinking(block="m1.0", text=f"So {SECRET}", signature="signed"),
    events.TextDelta(block="m1.1", offset=0, delta=SECRET),
    events.Text(block="m1.1", text=f"I use {SECRET}"),
    events.ToolUse(
        block="m1.2", tool_use_id="t1", tool="bash", input={"a": [SECRET], SECRET: 1}
    ),
    events.TurnEnd(
        turn=1, message_id="m1", stop_reason="tool_use", usage=Usage()
    ),
    events.ToolResult(
        tool_use_id="t1", tool="bash", output=f"ok {SECRET} ok", is_error=False,
        duration_ms=1, output_id="o_1",
    ),
    # A stream that was cut short, with the secret across its deltas.
    events.TurnStart(turn=2, message_id="m2", model="m"),
    events.TextDelta(block="m2.0", offset=0, delta=f"now {SECRET[:5]}"),
    events.TextDelta(block="m2.0", offset=9, delta=f"{SECRET[5:]} end"),
)  # fmt: skip


@pytest.fixture
def alice(transactional_db: None) -> User:
    search_table.forget_all()
    return User.objects.create_user("alice")


@pytest.fixture
def session(alice: User) -> AgentSession:
    """A session that says the secret everywhere, and is at rest."""
    session = held_session(
        id="s_one", owner=alice, title=f"Try {SECRET}", prompt=SECRET, lease="",
        status="interrupted", rules={"allow": [f"bash({SECRET})"]},
        workdir=f"/w/{SECRET}",
    )  # fmt: skip
    write_log(session, *LOG)
    child = held_session(id="s_child", parent=session, owner=alice, lease="")
    write_log(child, events.Text(block="m1.0", text=SECRET))
    Output.objects.create(
        id="o_1", session=session, data=f"x{SECRET}é".encode()[:-1], total_bytes=9
    )
    said = msgspec.json.encode({"type": "prompt", "text": SECRET}).decode()
    Command.objects.create(session=session, key="k", type="prompt", data=said)
    Diagnostics.objects.create(session=session, text=SECRET, total_bytes=13)
    Tag.objects.create(session=session, name=SECRET)
    Tag.objects.create(session=session, name="kept")
    WorkdirRule.objects.create(workdir="/w", kind="allow", rule=SECRET)
    kind = ContentType.objects.get_for_model(AgentSession)
    LogEntry.objects.create(
        user=alice, content_type=kind, object_repr=SECRET, action_flag=CHANGE
    )
    for one in (session, child):
        while index(one.pk):
            pass
    session.refresh_from_db()
    return session
