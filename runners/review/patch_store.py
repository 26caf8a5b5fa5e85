from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from django.conf import settings

from runners.review.comparison import Difference
from sessions_app.protocol.fields.changed_path import ChangedPath

Keep = Callable[[bytes, int], Awaitable[str]]
Kept = dict[tuple[str, ...], ChangedPath]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first files of a comparison, with where their patches are."""

    files: list[ChangedPath]
    left_out: int  # files that are not listed


class PatchStore:
    """Stores patches as outputs; one that was stored before is not stored again."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._kept: Kept = {}

    async def list(self, differences: Sequence[Difference]) -> Listed:
        """Store the patches of the files that fit an event, and list those."""
        fitting = list(_fitting(differences))
        new = [d for d in fitting if d.patch and d.key not in self._kept]
        if new:
            await self._store(new)
        files = [self._kept.get(d.key, d.path) for d in fitting]
        return Listed(files, len(differences) - len(files))

    def forget(self, differences: Sequence[Difference]) -> None:
        """Keep in memory only what these still need."""
        needed = {d.key for d in differences}
        self._kept = {key: path for key, path in self._kept.items() if key in needed}

    async def _store(self, new: Sequence[Difference]) -> None:
        data = b"".join(d.patch for d in new)
        output_id = await self._keep(data, len(data))
        offset = 0
        for one in new:
            self._kept[one.key] = msgspec.structs.replace(
                one.path,
                output_id=output_id,
                offset=offset,
                bytes=len(one.patch),
                lines=_hunk_lines(one.patch),
            )
            offset += len(one.patch)


def _fitting(differences: Sequence[Difference]) -> Sequence[Difference]:
    """The first files whose list fits into an event."""
    room: int = settings.REVIEW_LISTED_MAX_BYTES
    for at, one in enumerate(differences):
        room -= len(msgspec.json.encode(one.path)) + PLACE_BYTES
        if room < 0:
            return differences[:at]
    return differences


PLACE_BYTES = 90  # of where a patch is, encoded


def _hunk_lines(patch: bytes) -> int:
    """The number of lines from the first hunk on."""
    start = patch.find(b"\n@@ ")
    return 0 if start < 0 else patch.count(b"\n", start + 1)
