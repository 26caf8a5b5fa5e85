import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIVES = {
    r"^\s*(import anthropic\b|from anthropic\b)": "the SDK",
    r"\.group_send\(": "sending to the channel layer",
    r"INSERT INTO sessions_app_event\b": "writing events",
    r"\bnew WebSocket\(": "opening a socket",
    r"\brequestAnimationFrame\(": "painting",
}
NOT_SOURCE = {"node_modules", "dist", "__pycache__", "static", "migrations"}
OVERVIEW = ROOT / "docs" / "architecture" / "overview.md"
PAGE = ROOT / "sessions_app" / "frontend" / "src"
OF_THE_PAGE = ROOT / "docs" / "architecture" / "page.md"
MOST_FILES = 14  # of a room; more are two rooms
MOST_LINES = 400  # of a file; more are two nouns
LONG = {
    "sessions_app/frontend/src/protocol.ts",  # generated
    "sessions_app/migrations/0001_initial.py",
}
# Django looks for commands here; the page is a project of its own.
NOT_ROOMS = {"management", "frontend"}


def sources() -> Iterator[Path]:
    for room in ("config", "runners", "sessions_app"):
        for path in (ROOT / room).rglob("*"):
            is_ours = not NOT_SOURCE & set(path.parts)
            is_test = path.name.endswith((".test.ts", ".spec.ts")) or (
                {"test", "tests"} & set(path.relative_to(ROOT).parts)
            )
            if path.suffix in {".py", ".ts", ".js"} and is_ours and not is_test:
                yield path


@pytest.mark.parametrize("word", LIVES, ids=list(LIVES.values()))
def test_a_word_lives_in_one_room(word: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(word, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(found) == 1, found


# What changes a stored status, beside the one statement of log/status.py.
MOVE_STATUS = ROOT / "sessions_app" / "log" / "status.py"
WRITES = {"update", "create", "get_or_create", "update_or_create", "AgentSession"}


def test_a_session_status_is_written_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        if path.suffix == ".py" and path != MOVE_STATUS
        for line in status_writes(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def status_writes(tree: ast.Module) -> Iterator[int]:
    """The lines that store a status which neither table nor `first_status` allowed."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                written = [k.value for k in node.keywords if k.arg == "status"]
                if name in WRITES and not all(map(is_first_status, written)):
                    yield node.lineno
            case ast.Assign(targets=[ast.Attribute(ast.Name(id=owner), "status")]):
                if owner != "self" and not is_first_status(node.value):
                    yield node.lineno
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    names = {ast.unparse(n) for n in ast.walk(value)}
                    is_key = isinstance(key, ast.Constant) and key.value == "status"
                    is_status = any(
                        "SessionStatus" in n or n == "status.value" for n in names
                    )
                    if is_key and is_status and not is_first_status(value):
                        yield node.lineno
            case ast.Constant(value=str(text)) if re.search(
                r"UPDATE sessions_app_agentsession\b[^;]*\bstatus\s*=", text
            ):
                yield node.lineno


def is_first_status(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "first_status"


@pytest.mark.parametrize(
    ("line", "is_write"),
    [
        ("AgentSession.objects.filter(pk=1).update(status='idle', x=1)", True),
        ("sessions.create(status=SessionStatus.IDLE.value)", True),
        ("session.status = 'idle'", True),
        ("changes = {'status': status.value}", True),
        ("row = {'status': SessionStatus.IDLE}", True),
        ("q = 'UPDATE sessions_app_agentsession SET status = %s'", True),
        ("session.status = first_status(cause, status)", False),
        ("sessions.filter(status=SessionStatus.IDLE)", False),
        ("self.status = status", False),
    ],
)
def test_a_write_of_a_status_is_found(line: str, *, is_write: bool) -> None:
    assert bool(list(status_writes(ast.parse(line)))) is is_write


def rooms() -> dict[str, int]:
    """The rooms of Python code, by path, with how many files each has."""
    counts: Counter[str] = Counter()
    for path in sources():
        inner = path.relative_to(ROOT)
        is_code = path.suffix == ".py" and path.name != "__init__.py"
        if is_code and not NOT_ROOMS & set(inner.parts):
            counts[inner.parent.as_posix()] += 1
    return dict(counts)


def page_rooms() -> dict[str, int]:
    """The rooms of the page's sources, by path below `src`, with their files."""
    files = (path for path in PAGE.rglob("*") if path.suffix in {".ts", ".css"})
    return dict(Counter(f.parent.relative_to(PAGE).as_posix() for f in files))


def rooms_of_tests() -> dict[str, int]:
    """The rooms of tests, by path, with how many files each has."""
    files = (
        path
        for tests in (ROOT / "tests", PAGE.parent / "test")
        for path in tests.rglob("*")
        if path.suffix in {".py", ".ts", ".js"} and path.name != "__init__.py"
    )
    return dict(Counter(f.parent.relative_to(ROOT).as_posix() for f in files))


@pytest.mark.parametrize(
    "kind", [rooms, page_rooms, rooms_of_tests], ids=["code", "page", "tests"]
)
def test_a_room_has_no_more_files_than_one_takes_in(
    kind: Callable[[], dict[str, int]],
) -> None:
    full = {room: count for room, count in kind().items() if count > MOST_FILES}
    assert full == {}, f"give a room of its own to what belongs together: {full}"


def test_a_file_is_no_longer_than_one_reads() -> None:
    tests = (ROOT / "tests").rglob("*.py")
    styles = PAGE.rglob("*.css")
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines())
        for path in chain(sources(), tests, styles)
    }
    long = {name: n for name, n in lines.items() if n > MOST_LINES and name not in LONG}
    assert long == {}, f"split by noun: {long}"


def test_the_overview_has_a_word_for_each_room() -> None:
    overview = OVERVIEW.read_text(encoding="utf-8")
    inner = [room for room in rooms() if "/" in room]
    missing = [
        room
        for room in inner
        if f"`{room}/`" not in overview and f"`{room.split('/')[-1]}/`" not in overview
    ]
    assert missing == []


def test_the_docs_of_the_page_have_a_line_for_each_of_its_rooms() -> None:
    lines = re.findall(
        r"^\| `([^`]+)/` \|", OF_THE_PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert sorted(lines) == sorted(room for room in page_rooms() if room != ".")


def test_the_overview_has_a_word_for_each_room_of_tests() -> None:
    row = re.search(r"^\| `tests/` \|.*$", OVERVIEW.read_text("utf-8"), re.MULTILINE)
    assert row
    mirrored = {"config", "runners", "sessions_app"}  # each named as what it tests
    own = {
        room.split("/")[1]
        for room in rooms_of_tests()
        if room.startswith("tests/") and room.split("/")[1] not in mirrored
    }
    assert {room for room in own if f"`{room}/`" not in row[0]} == set()
