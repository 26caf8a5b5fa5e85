from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from runners.follow.found import FoundTranscript
from runners.follow.opencode_session import (
    OpencodeSession,
    Place,
    StoredMessage,
    root_of,
)
from runners.follow.regular_file import read_regular
from runners.transcripts.entry import BadEntry, read_entry, time_of
from sessions_app.protocol.engine_kind import OPENCODE_TRANSCRIPT
from sessions_app.protocol.wire import Json


class OpencodeFiles:
    """The store of older opencode versions: a JSON file per session, message and part.

    `session/<project>/<id>.json`, `message/<session>/<id>.json`,
    `part/<message>/<id>.json`, all below `storage`.
    """

    def __init__(self, storage: Path) -> None:
        self._storage = storage

    def find(self) -> Iterator[FoundTranscript]:
        """List the sessions. May block."""
        about = [
            (path, data)
            for path in sorted(self._storage.glob("session/*/*.json"))
            if (data := self._read(path))
        ]
        above = {path.stem: _text(data.get("parentID")) for path, data in about}
        for path, data in about:
            time = data.get("time")
            updated = time_of(time.get("updated") if isinstance(time, dict) else 0, 0)
            yield FoundTranscript(
                kind=OPENCODE_TRANSCRIPT,
                name=path.stem,
                open=self._opener(path.stem),
                modified=updated / 1000,
                stamp=(updated, self._stamp(path.stem)),
                root=root_of(path.stem, above),
                parent=above[path.stem],
                task=_text(data.get("title")),
            )

    def messages(self, session: str, since: Place, most: int) -> list[StoredMessage]:
        found = []
        for path in (self._storage / "message" / session).glob("*.json"):
            message = self._read(path)
            time = message.get("time")
            created = time_of(time.get("created") if isinstance(time, dict) else 0, 0)
            if message and (created, path.stem) >= since:
                found.append(((created, path.stem), message))
        found.sort(key=lambda one: one[0])
        return [
            StoredMessage(place, {**message, "id": place[1]}, self._parts(place[1]))
            for place, message in found[:most]
        ]

    def _parts(self, message: str) -> list[Json]:
        paths = sorted((self._storage / "part" / message).glob("*.json"))
        return [{**self._read(path), "id": path.stem} for path in paths]

    def _stamp(self, session: str) -> object:
        """Return a value that changes whenever a message file is written."""
        paths = (self._storage / "message" / session).glob("*.json")
        return max(((p.stat().st_mtime_ns, p.name) for p in paths), default=None)

    def _read(self, path: Path) -> Json:
        """Read a file's object; {} while opencode is still writing the file."""
        try:
            most = settings.FOLLOW_LINE_MAX_BYTES
            return read_entry(read_regular(path, most, self._storage)).data
        except (OSError, BadEntry):
            return {}

    def _opener(self, name: str) -> Callable[[], OpencodeSession]:
        return lambda: OpencodeSession(self, name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
