import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from runners.follow.found import FoundTranscript
from runners.follow.opencode_session import (
    OpencodeSession,
    Place,
    StoredMessage,
    root_of,
)
from runners.port.tool_input import MalformedInput, parse_input
from sessions_app.protocol.engine_kind import OPENCODE_TRANSCRIPT
from sessions_app.protocol.wire import Json

SESSIONS = "SELECT id, parent_id, title, time_updated FROM session"
MESSAGES_FROM = (
    "SELECT id, time_created, data FROM message WHERE session_id = ? "
    "AND (time_created > ? OR (time_created = ? AND id >= ?)) "
    "ORDER BY time_created, id LIMIT ?"
)
PARTS = "SELECT id, data FROM part WHERE message_id = ? ORDER BY id"
LAST_CHANGES = "SELECT session_id, max(time_updated) FROM part GROUP BY session_id"
SHOWN_CHARS = 400  # shown of a row that is not JSON


class StoreUnreadable(OSError):
    """The database cannot be read now."""


class OpencodeDatabase:
    """opencode's SQLite database, read without writing into its directory.

    While opencode runs, the shared memory of its write-ahead log is mapped read-only
    (SQLite's `readonly_shm`). Without a write-ahead log the file is opened `immutable`.
    A write-ahead log left by a crash is copied with the database, and the copy is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def stamp(self) -> object:
        """A value that changes whenever the database may have been written."""
        return tuple(_stamp(Path(f"{self.path}{end}")) for end in ("", "-wal"))

    def find(self) -> Iterator[FoundTranscript]:
        """List the sessions. May block. Raises StoreUnreadable."""
        with self._connected() as database:
            rows = database.execute(SESSIONS).fetchall()
            counts = dict(_counts(database))
        above = {str(row[0]): str(row[1] or "") for row in rows}
        for name, parent, title, updated in rows:
            ms = updated if isinstance(updated, int) else 0
            yield FoundTranscript(
                kind=OPENCODE_TRANSCRIPT,
                name=str(name),
                open=self._opener(str(name)),
                modified=ms / 1000,
                stamp=(ms, counts.get(name)),
                root=root_of(str(name), above),
                parent=str(parent or ""),
                task=str(title or ""),
            )

    def messages(self, session: str, since: Place, most: int) -> list[StoredMessage]:
        at, name = since
        found = []
        with self._connected() as database:
            args = (session, at, at, name, most)
            for id_, created, data in database.execute(MESSAGES_FROM, args).fetchall():
                parts = database.execute(PARTS, (id_,)).fetchall()
                found.append(
                    StoredMessage(
                        (int(created), str(id_)),
                        _json(id_, data),
                        [_json(*part) for part in parts],
                    )
                )
        return found

    def _opener(self, name: str) -> Callable[[], OpencodeSession]:
        return lambda: OpencodeSession(self, name)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Open the database for one read. Raises StoreUnreadable."""
        before = self.stamp
        try:
            with self._opened() as (database, may_change):
                yield database
        except sqlite3.Error as error:
            raise StoreUnreadable(f"{self.path}: {error}") from None
        if not may_change and self.stamp != before:
            raise StoreUnreadable(f"{self.path}: it changed while it was read")

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, bool]]:
        """Open the database as its files require; tells whether it may change."""
        wal, shared = Path(f"{self.path}-wal"), Path(f"{self.path}-shm")
        if not wal.exists() or not wal.stat().st_size:
            with closing(_connect(self.path, "mode=ro&immutable=1")) as database:
                yield database, False
        elif shared.exists():
            with closing(_connect(self.path, "mode=ro&readonly_shm=1")) as database:
                yield database, True
        else:
            with tempfile.TemporaryDirectory(prefix="ringside") as directory:
                copy = Path(directory) / self.path.name
                shutil.copyfile(self.path, copy)
                shutil.copyfile(wal, f"{copy}-wal")
                with closing(_connect(copy, "mode=rw")) as database:
                    yield database, False


def _connect(path: Path, options: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{options}"
    return sqlite3.connect(uri, uri=True, timeout=2.0, isolation_level=None)


def _counts(database: sqlite3.Connection) -> list[tuple[str, int]]:
    """Read each session's change counter, which opencode of 2025 lacks."""
    try:
        return database.execute(
            "SELECT aggregate_id, seq FROM event_sequence"
        ).fetchall()
    except sqlite3.OperationalError:
        return database.execute(LAST_CHANGES).fetchall()


def _stamp(path: Path) -> object:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _json(id_: object, data: object) -> Json:
    """Read a row's JSON object; anything else becomes an object with the reason."""
    try:
        read = parse_input(data) if isinstance(data, str) else {}
    except MalformedInput as error:
        shown = str(data)[:SHOWN_CHARS]
        read = {"type": "malformed", "reason": str(error), "data": shown}
    return {**read, "id": str(id_)}
