import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from runners.sandbox.jail import PathRefused
from runners.sandbox.workdir import Workdir
from runners.tools.limits import Limits
from runners.tools.search.matcher import SKIPPED


@dataclass(slots=True)
class Tree:
    """The regular files below a directory of the jail; links are not followed.

    `cut_short` is set when a limit ends the walk; setting it from outside ends the
    walk. `skipped` are the directories that the walk has passed over by their names.
    """

    workdir: Workdir
    limits: Limits
    cut_short: bool = False
    skipped: list[str] = field(default_factory=list)
    _entries: int = 0
    _ends: float = field(default=0.0)

    def files(self, start: str) -> Iterator[tuple[str, os.stat_result]]:
        """Yield each file's path relative to the root, and its stat result."""
        self._ends = time.monotonic() + self.limits.search_s
        ahead = [start]
        while ahead and not self.cut_short:
            here = ahead.pop()
            with suppress(OSError, PathRefused), self.workdir.entries(here) as entries:
                for entry in entries:
                    if self._spent():
                        return
                    path = entry.name if here == "." else f"{here}/{entry.name}"
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield path, status
                    elif stat.S_ISDIR(status.st_mode):
                        passed = entry.name in SKIPPED
                        (self.skipped if passed else ahead).append(path)

    def _spent(self) -> bool:
        self._entries += 1
        late = time.monotonic() > self._ends
        if late or self._entries > self.limits.search_entries:
            self.cut_short = True
        return self.cut_short
