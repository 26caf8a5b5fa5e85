import io
import sys
import threading
from collections.abc import AsyncIterator

import msgspec
import pytest
from django.contrib.auth.models import User
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
from sessions_app.models import (
    AgentSession,
    Event,
    Output,
    SearchIndex,
)
from sessions_app.outputs.store import read_image
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.fields.tool_details import ContentBlock
from sessions_app.text.query import SearchQuery
from tests.sessions_app.history.retention.conftest import COVER, LOG, SECRET
from tests.sessions_app.logbook import (
    closing_its_connection,
    elsewhere,
    held_up,
    stored,
    write_log,
)
from tests.sessions_app.serving import serving
from tests.sessions_app.tab import Tab, sign_in

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


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


def test_an_image_that_a_covered_event_names_is_covered(session: AgentSession) -> None:
    image = b"\x89PNG\r\n\x1a\n and what it shows"
    Output.objects.create(
        id="o_image", session=session, data=image, total_bytes=len(image)
    )
    block = ContentBlock(kind="image", output_id="o_image", media_type="image/png")
    shown = events.Text(block="m3.0", text="Look", content=[block])
    seq = len(LOG) + 1
    write_log(session, shown)
    assert redact_events(session, [seq], None).seqs == (seq,)
    assert bytes(Output.objects.get(id="o_image").data) == b"*" * len(image)
    assert read_image(session.pk, "o_image") is None


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
    with pytest.raises(CommandError, match="to redact"):
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


def test_covering_a_message_covers_whence_it_came(session: AgentSession) -> None:
    AgentSession.objects.filter(pk=session.pk).update(prompt=LOG[0].text, title="The p")
    session.refresh_from_db()
    redact_events(session, [1], None)
    session.refresh_from_db()
    assert set(session.prompt) == {"*"}
    assert session.title == "*****"
