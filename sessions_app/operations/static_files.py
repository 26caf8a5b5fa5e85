import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

MANIFEST = "staticfiles.json"
COMPRESSED = (".gz", ".br")
DAY_S = 86_400


def stale_static_files() -> list[Path]:
    """List collected files that no page has referred to for STATIC_KEPT_DAYS.

    An older page that is still open loads files by their former names, so the age
    counts from the last time that `keep_current_static_files` saw the file in use.
    """
    before = time.time() - settings.STATIC_KEPT_DAYS * DAY_S
    return [
        path for path, is_current in _files() if not is_current and _age(path) < before
    ]


def keep_current_static_files() -> None:
    """Set the modification time of the files that pages refer to now."""
    for path, is_current in _files():
        if is_current:
            os.utime(path)


def _files() -> Iterator[tuple[Path, bool]]:
    root: Path = settings.STATIC_ROOT
    manifest = root / MANIFEST
    if not settings.STATIC_COLLECTED or not manifest.is_file():
        return
    paths: dict[str, str] = json.loads(manifest.read_text())["paths"]
    current = {MANIFEST, *paths, *paths.values()}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            name = path.relative_to(root).as_posix()
            plain = name.rsplit(".", 1)[0] if name.endswith(COMPRESSED) else name
            yield path, plain in current or name in current


def _age(path: Path) -> float:
    return path.stat().st_mtime
