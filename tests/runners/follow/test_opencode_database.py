import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from runners.follow.opencode_database import OpencodeDatabase, StoreUnreadable
from runners.follow.opencode_files import OpencodeFiles
from runners.follow.opencode_session import OpencodeSession
from runners.transcripts.entry import Entry

TABLES = """
CREATE TABLE session (id text PRIMARY KEY, parent_id text, title text,
  time_updated integer);
CREATE TABLE message (id text PRIMARY KEY, session_id text, time_created integer,
  data text);
CREATE TABLE part (id text PRIMARY KEY, message_id text, session_id text,
  time_updated integer, data text);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as opencode's, in its directory."""
    made = tmp_path / "opencode" / "opencode.db"
    made.parent.mkdir()
    with closing(sqlite3.connect(made)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(TABLES)
        database.execute("INSERT INTO session VALUES ('s1', NULL, 'Main', 5)")
        database.execute("INSERT INTO session VALUES ('s2', 's1', 'Below', 6)")
        database.execute("INSERT INTO session VALUES ('s3', 's2', 'Deeper', 7)")
        say(database, "m1", "Hello")
    return made


def say(database: sqlite3.Connection, name: str, text: str) -> None:
    created = int(name[1:])
    message = json.dumps({"role": "user"})
    part = json.dumps({"type": "text", "text": text})
    database.execute(
        "INSERT INTO message VALUES (?, 's1', ?, ?)", (name, created, message)
    )
    database.execute("INSERT INTO part VALUES (?, ?, 's1', 1, ?)", (name, name, part))
    database.commit()


def snapshot(path: Path) -> dict[str, tuple[bytes, int]]:
    return {
        file.name: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in path.parent.iterdir()
    }


def texts(store: OpencodeDatabase) -> list[str]:
    portion = OpencodeSession(store, "s1").read({}, is_at_rest=True)
    found = [record for record in portion.records if isinstance(record, Entry)]
    return [entry.data["part"]["text"] for entry in found]


def test_a_database_at_rest_is_read_without_a_byte_written(path: Path) -> None:
    before = snapshot(path)
    store = OpencodeDatabase(path)
    assert [(one.name, one.root, one.parent) for one in store.find()] == [
        ("s1", "", ""), ("s2", "s1", "s1"), ("s3", "s1", "s2"),
    ]  # fmt: skip
    assert texts(store) == ["Hello"]
    assert snapshot(path) == before


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
for line in sys.stdin:
    database.executescript(line)
    print("done", flush=True)
"""


class Writer:
    """opencode, which runs and writes: a process of its own has locks of its own."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, name: str, text: str) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        part = json.dumps({"type": "text", "text": text})
        message = json.dumps({"role": "user"})
        said = (f"'{name}', 's1', {name[1:]}, '{message}'", f"'{name}', '{part}'")
        stdin.write(
            f"INSERT INTO message VALUES ({said[0]});"  # noqa: S608 the test's words
            "INSERT INTO part (id, message_id, data) "
            f"VALUES ('{name}', {said[1]});\n"
        )
        stdin.flush()
        assert stdout.readline() == "done\n"

    def end(self) -> None:
        self._process.communicate()


def test_what_a_running_opencode_has_just_written_is_read_without_a_byte_written(
    path: Path,
) -> None:
    store, writer = OpencodeDatabase(path), Writer(path)
    try:
        writer.say("m2", "and more")
        before = snapshot(path)
        assert texts(store) == ["Hello", "and more"]
        assert snapshot(path) == before
        writer.say("m3", "to come")
        assert texts(store) == ["Hello", "and more", "to come"]
    finally:
        writer.end()


def test_a_database_that_a_crash_has_left_is_read_from_a_copy(
    path: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(path)) as writer:
        say(writer, "m2", "unsaved")
        crashed = tmp_path / "crashed" / "opencode.db"
        crashed.parent.mkdir()
        for end in ("", "-wal"):
            source = Path(f"{path}{end}")
            Path(f"{crashed}{end}").write_bytes(source.read_bytes())
    before = snapshot(crashed)
    assert texts(OpencodeDatabase(crashed)) == ["Hello", "unsaved"]
    assert snapshot(crashed) == before


def test_what_is_no_database_is_said_to_be_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnreadable, match="not a database"):
        [*OpencodeDatabase(path).find()]


def test_a_long_session_is_read_in_portions(path: Path) -> None:
    with closing(sqlite3.connect(path)) as writer:
        for number in range(2, 60):
            say(writer, f"m{number}", f"message {number}")
    session = OpencodeSession(OpencodeDatabase(path), "s1")
    position: dict[str, object] = {}
    keys: set[str] = set()
    for _ in range(4):
        portion = session.read(position, is_at_rest=True)
        keys |= {record.key for record in portion.records}
        position = portion.position
    assert portion.is_end
    assert len(keys) == 59


def test_the_files_of_older_versions_are_read_too(tmp_path: Path) -> None:
    def write(path: str, **data: object) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data))

    write("session/project/ses_1.json", title="Old", time={"updated": 5})
    write("message/ses_1/msg_1.json", role="user", time={"created": 1})
    write("part/msg_1/prt_1.json", type="text", text="Hello")
    store = OpencodeFiles(tmp_path)
    (found,) = store.find()
    assert (found.name, found.task) == ("ses_1", "Old")
    portion = found.open().read({}, is_at_rest=True)
    (entry,) = portion.records
    assert isinstance(entry, Entry)
    assert entry.data["part"]["text"] == "Hello"
