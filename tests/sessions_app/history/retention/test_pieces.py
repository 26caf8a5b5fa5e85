import json

import pytest
from django.contrib.auth.models import User
from django.db import connection

from sessions_app.history.retention.redaction import redact_text
from sessions_app.masking.originals import keep_event
from sessions_app.models import (
    AgentSession,
    Diagnostics,
    Event,
    MaskedOriginal,
    Output,
)
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import decode_event
from tests.sessions_app.logbook import (
    write_log,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


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
    left = everything_stored()
    assert tail not in left
    redact_text(session, "4711", alice)
    left = everything_stored()
    for length in range(4, len(PIECES)):
        assert PIECES[:length] not in left
    assert not MaskedOriginal.objects.exists()
    session.refresh_from_db()
    child.refresh_from_db()
    assert session.title == prompt[:71] + "*" * 9
    assert child.title == f"{'y' * 73} {'*' * 6}"
    for event in Event.objects.filter(session=session):
        decoded = decode_event(event.data)
        assert event.stream == (decoded.stream or "")
    (call,) = Event.objects.filter(type="tool_use")
    given = json.loads(call.data)["input"]
    assert (given["pin"], given["n"]) == ("****", ["1****.5"])
    (result,) = Event.objects.filter(type="tool_result")
    assert json.loads(result.data)["durationMs"] == 4711  # a figure, no word


def test_a_title_that_was_cut_amid_a_redacted_text_keeps_not_a_letter_of_it(
    alice: User,
) -> None:
    prompt = f"{'y' * 78}{PIECES}"
    session = AgentSession.objects.create(owner=alice, title=prompt[:80], prompt=prompt)
    redact_text(session, PIECES, alice)
    session.refresh_from_db()
    assert session.title == "y" * 78 + "**"
