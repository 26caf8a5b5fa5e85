import logging
from collections.abc import Iterator
from pathlib import Path

from runners.follow.found import FoundTranscript
from runners.follow.jsonl_finder import JsonlFinder
from runners.follow.opencode_database import OpencodeDatabase
from runners.follow.opencode_files import OpencodeFiles
from sessions_app.agents.places import AgentPlaces

logger = logging.getLogger(__name__)


class TranscriptFinder:
    """Finds the transcripts of all known agents in their directories."""

    def __init__(self, places: AgentPlaces) -> None:
        self._places = places
        self._files = JsonlFinder(places.claude, places.codex)
        self._stores: dict[Path, OpencodeDatabase] = {}
        self._last: dict[Path, tuple[object, list[FoundTranscript]]] = {}

    def find(self) -> list[FoundTranscript]:
        """Search all directories. May block."""
        # The database comes last: newer versions of opencode moved the files into it.
        old = OpencodeFiles(self._places.opencode / "storage").find()
        return [*self._files.find(), *old, *self._of_databases()]

    def look(self, path: Path) -> list[FoundTranscript]:
        """Examine a changed path. May block."""
        if path.is_relative_to(self._places.opencode):
            return [*self._of_databases()]
        return [*self._files.look(path)]

    def _of_databases(self) -> Iterator[FoundTranscript]:
        for path in sorted(self._places.opencode.glob("opencode*.db")):
            if path.is_symlink():
                continue  # it may lead to another user's
            store = self._stores.setdefault(path, OpencodeDatabase(path))
            stamp, last = self._last.get(path, (None, []))
            now = store.stamp
            if now != stamp:
                try:
                    last = [*store.find()]
                    self._last[path] = (now, last)
                except OSError as error:  # the next search retries
                    logger.info("event=store_unreadable error=%r", str(error))
            yield from last
