import io
import json
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from runners.engines.claude_api.conversation.conversation import Conversation
from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.history.export.export import export_lines
from sessions_app.history.retention.redaction import redact_events, redact_text
from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index
from sessions_app.history.search.search import search
from sessions_app.masking.originals import keep_event
from sessions_app.models import (
    AgentSession,
    Command,
    Diagnostics,
    Event,
    MaskedOriginal,
    Output,
    SearchIndex,
    Tag,
    WorkdirRule,
)
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.wire import Usage
from sessions_app.text.query import SearchQuery
from tests.sessions_app.logbook import (
    closing_its_connection,
    elsewhere,
    held_session,
    held_up,
    stored,
    write_log,
)
from tests.sessions_app.serving import serving
from tests.sessions_app.tab import Tab, sign_in

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]

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


def everything() -> str:
    """All that the database's rows say, as they are and as JSON says it."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            if table.startswith("sessions_app_search_"):
                continue  # FTS5's own: the purge empties them of what was deleted
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 a table's own name
            for row in cursor.fetchall():
                rows += [
                    bytes(v).decode(errors="replace")
                    if isinstance(v, bytes | memoryview)
                    else str(v)
                    for v in row
                ]
    return "\n".join(rows)


def test_redacted_text_is_nowhere_in_the_database(
    session: AgentSession, alice: User
) -> None:
    assert "hunter2" in everything()
    assert search(alice, SearchQuery.parse("hunter2")).found
    done = redact_text(session, SECRET, alice)
    assert [(one.session_id, one.is_running) for one in done] == [
        ("s_one", False), ("s_child", False),
    ]  # fmt: skip
    assert "hunter2" not in everything()
    assert [tag.name for tag in session.tags.all()] == ["kept"]
    assert search(alice, SearchQuery.parse("hunter2")).found == []
    assert search(alice, SearchQuery.parse("password")).found
    assert "hunter2" not in "".join(export_lines(session))


def test_tombstones_keep_seqs_and_lengths(session: AgentSession) -> None:
    before = {seq: decode_event(data) for seq, data in stored("s_one")}
    redact_text(session, SECRET, None)
    after = {seq: decode_event(data) for seq, data in stored("s_one")}
    said = after.pop(max(after))
    del before[4]  # the delta that a final had superseded
    assert isinstance(said, events.Redacted)
    assert said.seqs == [1, 3, 5, 6, 8, 10, 11]
    assert after.keys() == before.keys()
    assert {s: e.wire_type() for s, e in after.items()} == {
        s: e.wire_type() for s, e in before.items()
    }
    text, result = after[5], after[8]
    assert isinstance(text, events.Text)
    assert text.text == f"I use {COVER}"
    assert text.more == {"redacted": True}
    assert isinstance(result, events.ToolResult)
    assert result.output == f"ok {COVER} ok"
    first, second = after[10], after[11]
    assert isinstance(first, events.TextDelta)
    assert isinstance(second, events.TextDelta)
    assert first.delta + second.delta == f"now {COVER} end"
    assert len(first.delta) == second.offset == 9


def test_redacted_session_goes_on(session: AgentSession) -> None:
    redact_text(session, SECRET, None)
    log = [decode_event(data) for _, data in stored("s_one")]
    said = str(Conversation.from_log(log).messages)
    assert COVER in said
    assert "thinking" not in said  # the API would refuse what it has not signed
    assert "tool_result" in said


def test_events_are_covered_by_their_seqs(session: AgentSession) -> None:
    done = redact_events(session, [6, 8, 999], None)
    assert done.seqs == (6, 8)
    log = dict(stored("s_one"))
    assert "hunter2" not in log[6] + log[8]
    assert "hunter2" in log[5]
    use = decode_event(log[6])
    assert isinstance(use, events.ToolUse)
    assert (use.tool, use.tool_use_id) == ("bash", "t1")
    assert b"hunter2" not in bytes(Output.objects.get().data)


def test_what_runs_is_covered_and_its_runner_goes_on(session: AgentSession) -> None:
    AgentSession.objects.filter(pk="s_one").update(lease="a/b/1/2/c")
    head, epoch = session.head_seq, session.epoch
    done = redact_text(session, SECRET, None)
    assert done[0].is_running
    session.refresh_from_db()
    assert session.head_seq == head  # its writer's next number is its own
    assert session.epoch != epoch
    assert "hunter2" not in everything()


def test_what_is_not_there_changes_no_event(session: AgentSession) -> None:
    before = stored("s_one")[:3]
    done = redact_text(session, "never said", None)
    assert [one.seqs for one in done] == [(), ()]
    assert stored("s_one")[:3] == before
    with pytest.raises(ValueError, match="which text"):
        redact_text(session, "", None)


def files() -> dict[str, bytes]:
    """Read the database's files, as they lie on the disk."""
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        found = path.parent.glob(f"{path.name}*")
        return {file.name: file.read_bytes() for file in found}
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT relname, pg_read_binary_file(pg_relation_filepath(oid)) "
            "FROM pg_class WHERE pg_relation_filepath(oid) LIKE 'base/%'"
        )
        return {name: bytes(data) for name, data in cursor.fetchall()}


def test_purge_leaves_no_byte_in_the_files(session: AgentSession) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what a planner notes down quotes what rows say
    assert [name for name, data in files().items() if b"hunter2" in data]
    redact_text(session, SECRET, None)
    call_command("purge", stdout=io.StringIO())
    left = files()
    assert [name for name, data in left.items() if b"hunter2" in data] == []
    assert b"password" in b"".join(left.values())


def test_purge_waits_for_who_reads_at_that_moment(session: AgentSession) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits by itself")
    path = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sessions_app_event").fetchall()
        end = threading.Timer(0.5, reader.rollback)
        end.start()
        call_command("purge", stdout=io.StringIO())
        end.join()


def test_command_covers_and_says_what_is_left(
    session: AgentSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    AgentSession.objects.filter(pk="s_child").update(lease="a/b/1/2/c")
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    call_command("redact", "s_one", text="-", stdout=out, stderr=err)
    assert "s_one: 7 events covered" in out.getvalue()
    assert "s_child runs" in err.getvalue()
    call_command("redact", "s_one", seq=[2], stdout=out)
    with pytest.raises(CommandError, match="no session"):
        call_command("redact", "s_none", text="x")
    with pytest.raises(CommandError, match="say what"):
        call_command("redact", "s_one", text="")


# --- open pages -------------------------------------------------------------------


def test_what_is_made_searchable_at_that_moment_is_covered_too(
    session: AgentSession, alice: User
) -> None:
    SearchIndex.objects.all().delete()  # as of a session that has just begun
    search_table.forget_all()
    redacting = threading.Thread(
        target=closing_its_connection(lambda: redact_text(session, SECRET, alice))
    )
    with held_up(lambda: index(session.pk)):
        redacting.start()
        redacting.join(1)  # or it waits for its turn
    redacting.join()
    while index(session.pk):
        pass
    assert search(alice, SearchQuery.parse("hunter2")).found == []


@pytest.fixture
async def consumer(transactional_db: None) -> AsyncIterator[Consumer]:
    async with serving() as consumer:
        yield consumer


async def test_open_pages_read_the_log_again(
    consumer: Consumer, session: AgentSession, alice: User
) -> None:
    tab = Tab(consumer, alice, await elsewhere(sign_in, alice))
    tab.subscribe("s_one", after=0)
    await tab.hears("live")
    assert "hunter2" in str(tab.of("events"))
    old = len(tab.frames)
    await elsewhere(redact_text, session, SECRET, alice)
    await tab.hears("reset", session="s_one")
    await tab.reaches("s_one", session.head_seq + 1)
    anew = str(tab.frames[old:])
    assert "'type': 'redacted'" in anew
    assert "hunter2" not in anew
    await tab.leave()


def test_nothing_else_ever_changes_a_row(session: AgentSession) -> None:
    """The one way in which a row may change is by a tombstone that says so."""
    before = dict(stored("s_one"))
    redact_text(session, SECRET, None)
    for seq, data in stored("s_one"):
        is_tombstone = msgspec.json.decode(data).get("redacted") is True
        assert is_tombstone or before.get(seq, data) == data
    assert Event.objects.filter(data__contains='"redacted":true').count() == 8


PIECES = "PINKELEPHANT4711XYZ"


def everything_stored() -> str:
    """All columns of all tables, as text; what is encrypted stays so."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows: list[str] = []
        for name in names:
            if name.startswith("sqlite_"):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608
            for row in cursor.fetchall():
                cells = [bytes(c) if isinstance(c, memoryview) else c for c in row]
                rows.append(repr(cells))
    return "\n".join(rows)


def test_no_piece_of_a_redacted_text_is_left_anywhere(alice: User) -> None:
    prompt = "x" * 70 + f" {PIECES} go"
    session = AgentSession.objects.create(
        owner=alice, title=prompt[:80], prompt=prompt, status="completed",
        model=f"m-{PIECES}", workdir=f"/w/{PIECES}",
    )  # fmt: skip
    child = AgentSession.objects.create(
        parent=session, title=f"{'y' * 73} {PIECES}"[:80], prompt="p"
    )
    head, tail = PIECES[:9], PIECES[9:]
    nested = json.dumps(json.dumps(f"{PIECES}/é"))
    write_log(
        session,
        events.UserMessage(text=prompt),
        events.ToolUse(
            block=PIECES, tool_use_id=PIECES, tool=PIECES,
            input={"pin": 4711, "n": [14711.5], "nested": nested, PIECES: [PIECES]},
        ),
        events.ToolResult(
            tool_use_id=PIECES, tool="bash", is_error=False, duration_ms=4711,
            output=f"a {head}\n[… 9 characters left out …]\n{tail} b",
            seen={f"{PIECES}.txt": "1"}, output_id="o_p",
        ),
        events.Error(code="x", message=f"it begins: {head}…", fatal=False),
        events.BlockStart(block=f"{PIECES}.1", kind="text"),
        events.TextDelta(block=f"{PIECES}.1", offset=0, delta=head),
        events.TextDelta(block=f"{PIECES}.1", offset=9, delta=tail),
    )  # fmt: skip
    Output.objects.create(
        id="o_p", session=session, data=f"x {head}".encode(), total_bytes=99
    )
    Diagnostics.objects.create(session=session, text=f"{tail} end", total_bytes=99)
    original = events.UserMessage(text=prompt)
    keep_event(session.pk, original)
    session.refresh_from_db()
    redact_text(session, PIECES, alice)
    redact_text(session, "4711", alice)
    left = everything_stored()
    for length in range(4, len(PIECES)):
        assert PIECES[:length] not in left
    assert tail not in left
    assert not MaskedOriginal.objects.exists()
    session.refresh_from_db()
    child.refresh_from_db()
    assert session.title == prompt[:71] + "*" * 9
    assert child.title == f"{'y' * 73} {'*' * 6}"
    for event in Event.objects.filter(session=session):
        decoded = decode_event(event.data)
        assert event.stream == (decoded.stream or "")
    (result,) = Event.objects.filter(type="tool_result")
    assert json.loads(result.data)["durationMs"] == 4711  # a figure, no word


def test_covering_a_message_covers_whence_it_came(session: AgentSession) -> None:
    AgentSession.objects.filter(pk=session.pk).update(prompt=LOG[0].text, title="The p")
    session.refresh_from_db()
    redact_events(session, [1], None)
    session.refresh_from_db()
    assert set(session.prompt) == {"*"}
    assert session.title == "*****"
