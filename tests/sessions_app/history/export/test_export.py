import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from sessions_app.history.export.export import export_lines
from sessions_app.history.export.import_log import ImportFailed, import_lines
from sessions_app.history.export.markdown import passage
from sessions_app.history.search.indexer import index
from sessions_app.history.search.search import search
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession, Event, Output
from sessions_app.protocol import events
from sessions_app.text.query import SearchQuery
from tests.sessions_app.logbook import write_lines, write_log

pytestmark = pytest.mark.conformance

LINES = (
    '{"type":"user_message","sessionId":"s_top","seq":1,"ts":5,"text":"Grüße 🎉\\n"}',
    '{"type":"text_delta","sessionId":"s_top","seq":2,"ts":5,"block":"m1.0",'
    '"offset":0,"delta":"{\\"ringside\\":"}',
    # A gap: deltas were swept.
    '{"type":"text","sessionId":"s_top","seq":9,"ts":6,"block":"m1.0","text":"Done"}',
    '{"type":"never_heard_of","sessionId":"s_top","seq":10,"ts":6,"x": [1,  2.50]}',
)


@pytest.fixture
def top(alice: User) -> AgentSession:
    """A session with a child, a grandchild, an output and a log with a gap."""
    top = AgentSession.objects.create(
        id="s_top", owner=alice, title="Top", prompt="p", status="completed",
        cost_usd="1.250000", usage={"inputTokens": 3},
    )  # fmt: skip
    child = AgentSession.objects.create(id="s_child", parent=top, title="c")
    AgentSession.objects.create(id="s_grandchild", parent=child, title="g")
    write_lines(top, *LINES)
    write_log(child, events.Text(block="b", text=""))
    Output.objects.create(id="o_1", session=top, data="ä\0".encode(), total_bytes=99)
    return AgentSession.objects.get(pk="s_top")


def exported(session: AgentSession) -> str:
    return "".join(export_lines(session))


def taken(lines: str) -> list[AgentSession]:
    return import_lines(lines.splitlines(True), None, replace=False)


def rows() -> list[tuple[Any, ...]]:
    columns = ("session_id", "seq", "type", "stream", "ts", "data")
    return list(Event.objects.order_by("session_id", "seq").values_list(*columns))


def test_what_is_imported_is_the_same_log_byte_for_byte(top: AgentSession) -> None:
    before, log, epoch = exported(top), rows(), top.epoch
    AgentSession.objects.all().delete()
    (again, child, grandchild) = import_lines(
        before.splitlines(True), None, replace=False
    )
    assert exported(again) == before
    assert rows() == log
    assert again.epoch != epoch
    assert again.owner == top.owner
    assert (child.parent, grandchild.parent) == (again, child)
    assert bytes(Output.objects.get().data) == "ä\0".encode()


def test_stored_lines_are_in_the_export_as_they_are(top: AgentSession) -> None:
    assert tuple(exported(top).splitlines()[1:5]) == LINES


def test_pages_of_a_long_log_continue_each_other(
    top: AgentSession, settings: Any
) -> None:
    settings.PAGE_MAX_ROWS = 2
    assert tuple(exported(top).splitlines()[1:5]) == LINES


def test_session_that_is_here_is_replaced_only_when_asked(
    top: AgentSession, alice: User
) -> None:
    lines = exported(top).splitlines(True)
    while index("s_top"):
        pass
    with pytest.raises(ImportFailed, match=r"line 1: .*--replace"):
        import_lines(lines, None, replace=False)
    AgentSession.objects.filter(pk="s_child").update(lease="a/b/1/2/c")
    with pytest.raises(ImportFailed, match="s_child runs"):
        import_lines(lines, None, replace=True)
    AgentSession.objects.update(lease="")
    log = rows()
    import_lines(lines, None, replace=True)
    assert rows() == log
    assert search(alice, SearchQuery.parse("done")).found == []  # indexed anew, later
    while index("s_top"):
        pass
    assert len(search(alice, SearchQuery.parse("done")).found) == 1


def test_replaced_sub_agent_stays_where_it_was(top: AgentSession) -> None:
    child = AgentSession.objects.get(pk="s_child")
    import_lines(exported(child).splitlines(True), None, replace=True)
    child.refresh_from_db()
    assert child.parent == top


def test_what_ran_is_interrupted_where_it_is_imported(top: AgentSession) -> None:
    AgentSession.objects.update(status="running")
    top.refresh_from_db()
    lines = exported(top).splitlines(True)
    AgentSession.objects.all().delete()
    import_lines(lines, None, replace=False)
    assert {s.status for s in AgentSession.objects.all()} == {"interrupted"}


def test_what_was_queued_waits_for_a_person_where_it_is_imported(
    top: AgentSession,
) -> None:
    AgentSession.objects.update(status="queued")
    top.refresh_from_db()
    lines = exported(top)
    for name in ("s_top", "s_child"):
        AgentSession.objects.all().delete()
        alone = lines[lines.index('{"ringside":"session","version":1,"ends":true,"id":"'
                                  + name) :]  # fmt: skip
        taken(alone.replace('"ends":true,', "").partition('{"ringside":"end"')[0])
        assert AgentSession.objects.get(pk=name).status == "interrupted"
        assert lease.claim_queued(9) == []


def cut_off(lines: list[str]) -> Iterator[list[str]]:
    """Every way to lose the end of a file, or one of its lines."""
    for end in range(1, len(lines)):
        yield lines[:end]
        yield [*lines[:end], lines[end][: len(lines[end]) // 2]]
    for at in range(1, len(lines) - 1):
        yield [*lines[:at], *lines[at + 1 :]]


def test_a_file_that_was_cut_off_replaces_nothing(top: AgentSession) -> None:
    lines, log = exported(top).splitlines(True), rows()
    for damaged in cut_off(lines):
        with pytest.raises(ImportFailed):
            import_lines(damaged, None, replace=True)
        assert rows() == log
        assert Output.objects.count() == 1
        assert AgentSession.objects.count() == 3
    with pytest.raises(ImportFailed, match="follows the end"):
        import_lines([*lines, lines[1]], None, replace=True)


def test_a_file_of_before_there_was_a_last_line_is_checked_by_its_heads(
    top: AgentSession,
) -> None:
    write_log(
        top,
        events.AgentSpawn(child_id="s_child", task="t", tool_use_id="t"),
        events.ToolResult(
            tool_use_id="t", tool="x", output="", is_error=False, duration_ms=1,
            output_id="o_1",
        ),
    )  # fmt: skip
    top.refresh_from_db()
    lines = exported(top).replace('"ends":true,', "").splitlines(True)[:-1]
    (child_at,) = [n for n, line in enumerate(lines) if '"id":"s_child"' in line]
    whole = [lines[:end] for end in (len(lines), len(lines) - 1)]
    for end in range(1, len(lines) - 1):
        if "s_grandchild" in lines[end]:
            continue  # nothing of before says that there is one
        with pytest.raises(ImportFailed):
            import_lines(lines[:end], None, replace=True)
    assert child_at < len(lines)
    for given in whole:
        import_lines(given, None, replace=True)


def broken(lines: list[str]) -> Iterator[tuple[list[str], str]]:
    head, first, second, *_ = lines
    yield [], "empty"
    yield [first], "line 1: it does not begin with a session"
    yield [head, second, first], "line 3: seq 1 after 2"
    yield [head, first.replace("s_top", "s_x")], "line 2: an event of session 's_x'"
    yield [head, "{"], "line 2: .*JSON"
    yield [head, first.replace('"ts":5', f'"ts":{2**53 - 1}')], "line 2: ts"
    deep = '"text":' + "[" * 200 + "]" * 200 + "}"
    yield (
        [head, second.partition('"block"')[0].replace("text_delta", "x") + deep],
        "deep",
    )
    yield [head.replace('"version":1', '"version":9')], "line 1: .*9.*version"
    yield (
        [head.replace('"title"', '"titel"')],
        "line 1: not a line of an export: .*title",
    )
    yield ['{"ringside":"else"}'], "line 1: .*else.*ringside"
    yield [head, first.replace('"seq":1,', '"seq":99,')], "line 2: seq 99"
    many = '"type":"retry","attempt":' + "9" * 400 + ',"delayMs":1,"error":""'
    yield [head, first.replace('"type":"user_message"', many)], "line 2: attempt"
    spent = (
        '"type":"turn_end","turn":1,"messageId":"m1","stopReason":"end_turn",'
        '"usage":{"inputTokens":' + "9" * 400 + "}"
    )
    yield [head, first.replace('"type":"user_message"', spent)], "line 2: usage"


HOSTILE: dict[str, list[object]] = {
    "id": ["../../etc", "s_", "s_x/../y", 's_"x', "s_" + "x" * 30, "", 7, None],
    "title": ["x" * 201, "a\0b", 7],
    "model": ["x" * 81],
    "engine": ["x" * 33],
    "status": ["hacked", 7],
    "permission_mode": ["root"],
    "head_seq": [-1, 2**53 - 1, 2**70, "9", 1.5],
    "swept_seq": [-1],
    "cost_usd": ["x", "NaN", "1e99", [1]],
    "created_at": ["yesterday", None, 7, "2026-01-01T00:00:00"],
    "usage": [[], {"inputTokens": "x"}, {"inputTokens": 10**400}, {"outputTokens": -9}],
    "budget": ["x", {"usd": 10**400}, {"usd": "1"}, {"turns": True}, {"hours": 1}],
    "rules": [[], {"allow": "bash"}],
    "options": [[], "exec"],
    "owner": [{}],
}


@pytest.mark.parametrize(
    ("name", "value"), [(n, value) for n, values in HOSTILE.items() for value in values]
)
def test_what_no_session_can_have_is_explained(
    top: AgentSession, name: str, value: object
) -> None:
    head = msgspec.json.decode(exported(top).splitlines()[0])
    empty = {**head, "parent": None, "ends": False, "head_seq": 0, "swept_seq": 0}
    AgentSession.objects.all().delete()
    line = msgspec.json.encode({**empty, name: value}).decode()
    with pytest.raises(ImportFailed, match="line 1: not a line of an export"):
        taken(f"{line}\n")
    assert not AgentSession.objects.exists()
    assert taken(f"{msgspec.json.encode(empty).decode()}\n")


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "../x"},
        {"id": "o_2", "data": "no base64!"},
        {"id": "o_2", "total_bytes": -1},
        {"id": "o_taken"},
    ],
)
def test_what_no_output_can_be_is_explained(
    top: AgentSession, fields: dict[str, object]
) -> None:
    head = exported(top).splitlines(True)[0]
    AgentSession.objects.all().delete()
    other = AgentSession.objects.create(id="s_other")
    Output.objects.create(id="o_taken", session=other, data=b"", total_bytes=0)
    output = {"ringside": "output", "id": "o_1", "total_bytes": 0, "data": ""} | fields
    with pytest.raises(ImportFailed, match="line 2"):
        taken(head + msgspec.json.encode(output).decode())
    assert not AgentSession.objects.filter(pk="s_top").exists()


def test_a_file_gives_no_rights_that_the_session_did_not_have(
    top: AgentSession, tmp_path: Path, settings: Any
) -> None:
    settings.RINGSIDE_WORKDIR_ROOTS = [str(tmp_path / "root")]
    (tmp_path / "root").mkdir()
    rules = {"allow": ["bash"], "deny": ["read_file(.env)"]}
    rights = {"permission_mode": "bypass", "rules": rules, "workdir": "/"}
    AgentSession.objects.filter(pk="s_top").update(engine="anthropic", **rights)
    top.refresh_from_db()
    lines = exported(top)
    AgentSession.objects.all().delete()
    again = taken(lines)[0]
    assert (again.permission_mode, again.workdir) == ("default", "")
    assert again.rules == {"deny": ["read_file(.env)"]}

    AgentSession.objects.filter(pk="s_top").update(**rights)
    again = import_lines(lines.splitlines(True), None, replace=True)[0]
    assert exported(again) == lines

    AgentSession.objects.all().delete()
    inside = str(tmp_path / "root")
    again = taken(lines.replace('"workdir":"/"', f'"workdir":"{inside}"', 1))[0]
    assert again.workdir == inside


def test_an_imported_script_writes_in_a_directory_of_its_own(
    top: AgentSession, tmp_path: Path, settings: Any
) -> None:
    settings.RINGSIDE_WORKDIR_ROOTS = [str(tmp_path)]
    rights = {"permission_mode": "bypass", "workdir": str(tmp_path)}
    AgentSession.objects.filter(pk="s_top").update(engine="simulator", **rights)
    top.refresh_from_db()
    lines = exported(top)
    AgentSession.objects.all().delete()
    again = taken(lines)[0]
    assert (again.permission_mode, again.workdir) == ("default", "")


def test_an_import_keeps_no_option_that_names_what_runs(top: AgentSession) -> None:
    options = {"effort": "low", "exec": ["id"], "agent": "evil", "env": ["SECRET"]}
    AgentSession.objects.filter(pk="s_top").update(options=options, engine="exec")
    top.refresh_from_db()
    lines = exported(top)
    AgentSession.objects.all().delete()
    again = taken(lines)[0]
    assert (again.options, again.engine) == ({"effort": "low"}, "recording")


def test_what_is_exported_while_it_runs_can_be_imported(top: AgentSession) -> None:
    lines = export_lines(top)
    head = next(lines)
    write_log(top, events.Text(block="m1.1", text="Meanwhile"))
    AgentSession.objects.filter(pk="s_child").delete()
    whole = head + "".join(lines)
    AgentSession.objects.all().delete()
    again = taken(whole)[0]
    assert [seq for _, seq, *_ in rows()] == [1, 2, 9, 10]
    assert again.head_seq == 10


def test_what_is_no_export_is_explained_and_nothing_is_taken(top: AgentSession) -> None:
    lines = exported(top).splitlines(True)
    AgentSession.objects.all().delete()
    for given, why in broken(lines):
        with pytest.raises(ImportFailed, match=why):
            import_lines(given, None, replace=False)
        assert not AgentSession.objects.exists()


def test_commands_write_and_read_a_file(
    top: AgentSession, bob: User, tmp_path: Path
) -> None:
    path = tmp_path / "log.jsonl"
    before = exported(top)
    call_command("export", "s_top", output=str(path))
    assert path.read_text(encoding="utf-8") == before
    printed = io.StringIO()
    call_command("export", "s_top", format="md", stdout=printed)
    assert "# Top" in printed.getvalue()
    AgentSession.objects.all().delete()
    call_command("importlog", str(path), owner="bob", stdout=printed)
    assert AgentSession.objects.get(pk="s_top").owner == bob
    with pytest.raises(CommandError, match="Nothing was imported: line 1"):
        call_command("importlog", str(path))
    with pytest.raises(CommandError, match="no user zoe"):
        call_command("importlog", str(path), owner="zoe")
    with pytest.raises(CommandError, match="no session s_none"):
        call_command("export", "s_none")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (events.UserMessage(text="Hi", by="bob"), "### bob\n\n```text\nHi\n```\n\n"),
        (events.Text(block="b", text="*so*"), "*so*\n\n"),
        (events.Text(block="b", text="```py\nx"), "```py\nx\n```\n\n"),
        (events.Text(block="b", text="```py\nx\n```"), "```py\nx\n```\n\n"),
        (events.Thinking(block="b", text=""), ""),
        (
            events.ToolUse(block="b", tool_use_id="t", tool="bash", input={"a": 1}),
            '**bash**\n\n```json\n{\n  "a": 1\n}\n```\n\n',
        ),
        (
            events.ToolResult(
                tool_use_id="t", tool="bash", output="```", is_error=True, duration_ms=1
            ),
            "*Error of bash:*\n\n````text\n```\n````\n\n",
        ),
        (events.TextDelta(block="b", offset=0, delta="x"), ""),
    ],
)
def test_events_read_well(event: events.Event, said: str) -> None:
    assert passage(event) == said


@pytest.mark.parametrize("file", ["-", "export.jsonl"])
def test_an_import_reads_past_what_editors_put_into_a_file(
    top: AgentSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for mark, line_end in (("", "\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")):
        text = mark + (whole := exported(top)).replace("\n", line_end)
        Path("export.jsonl").write_text(text, encoding="utf-8")
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        AgentSession.objects.all().delete()
        call_command("importlog", file, stdout=io.StringIO())
        top = AgentSession.objects.get(pk="s_top")
        assert exported(top) == whole
        assert not Event.objects.filter(data__contains="\r").exists()
