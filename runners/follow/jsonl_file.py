import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.conf import settings

from runners.follow.regular_file import open_regular
from runners.follow.source import BadRecord, Portion
from runners.transcripts.entry import BadEntry, Entry, key_of_text, read_entry
from sessions_app.protocol.prepared import prepared
from sessions_app.protocol.wire import Json

TAIL_BYTES = 512  # before the position; compared to detect a rewritten file
SHOWN_BYTES = 400  # shown of a bad line


@prepared
class FilePosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a file was read, and a fingerprint to recognize the file."""

    offset: int = 0  # bytes
    line: int = 0  # lines so far
    inode: str = ""
    tail: str = ""  # fingerprint of the bytes before `offset`
    is_skipping: bool = False  # within a line that is too long


@dataclass(frozen=True, slots=True)
class JsonlFile:
    """A transcript of one JSON object a line, to which its agent appends."""

    path: Path
    root: Path | None = None  # no directory below it may be a link

    def read(self, position: Json, *, is_at_rest: bool) -> Portion:
        at = msgspec.convert(position, FilePosition)
        with open_regular(self.path, self.root) as file:
            stat = os.fstat(file.fileno())
            inode = f"{stat.st_dev}:{stat.st_ino}"
            is_same = not at.offset or _is_same(file, at, inode, stat.st_size)
            if not is_same:
                at = FilePosition()
            file.seek(at.offset)
            data = _lines_of(file)
            records, end = self._records(data, at, is_at_rest=is_at_rest)
            tail = _tail(file, end.offset)
            is_end = at.offset + len(data) >= stat.st_size
        after = msgspec.structs.replace(end, inode=inode, tail=tail)
        return Portion(records, msgspec.to_builtins(after), not is_same, is_end)

    def _records(
        self, data: bytes, at: FilePosition, *, is_at_rest: bool
    ) -> tuple[list[Entry | BadRecord], FilePosition]:
        *whole, rest = data.split(b"\n")
        records: list[Entry | BadRecord] = []
        offset, line, is_skipping = at.offset, at.line, at.is_skipping
        for text in whole:
            offset, line = offset + len(text) + 1, line + 1
            if not is_skipping:
                records += _record(text)
            is_skipping = False
        if len(rest) > settings.FOLLOW_LINE_MAX_BYTES or is_skipping:
            # Such a line may never end: report it now and skip the rest.
            if not is_skipping:
                limit = f"longer than {settings.FOLLOW_LINE_MAX_BYTES:,} bytes"
                records.append(_bad(rest[:SHOWN_BYTES], limit))
            offset, is_skipping = offset + len(rest), True
        elif is_at_rest and rest.strip() and _is_whole(rest):
            # An agent may end without a newline; one added later reads as a blank line.
            records += _record(rest)
            offset += len(rest)
        after = FilePosition(offset=offset, line=line, is_skipping=is_skipping)
        return records, after


def _lines_of(file: BinaryIO) -> bytes:
    """Read a chunk, extended until it contains a whole line."""
    data = file.read(settings.FOLLOW_CHUNK_BYTES)
    more = data
    while more and b"\n" not in more and len(data) <= settings.FOLLOW_LINE_MAX_BYTES:
        more = file.read(settings.FOLLOW_CHUNK_BYTES)
        data += more
    return data


def _record(text: bytes) -> Iterator[Entry | BadRecord]:
    if not text.strip():
        return
    if len(text) > settings.FOLLOW_LINE_MAX_BYTES:
        limit = f"longer than {settings.FOLLOW_LINE_MAX_BYTES:,} bytes"
        yield _bad(text[:SHOWN_BYTES], limit)
        return
    try:
        yield read_entry(text)
    except BadEntry as error:
        yield _bad(text, str(error))


def _bad(text: bytes, reason: str) -> BadRecord:
    beginning = text[:SHOWN_BYTES].decode(errors="replace").replace("\0", "�")
    return BadRecord(key_of_text(text), reason, beginning)


def _is_whole(text: bytes) -> bool:
    try:
        read_entry(text)
    except BadEntry:
        return False
    return True


def _is_same(file: BinaryIO, at: FilePosition, inode: str, size: int) -> bool:
    return inode == at.inode and size >= at.offset and _tail(file, at.offset) == at.tail


def _tail(file: BinaryIO, offset: int) -> str:
    start = max(offset - TAIL_BYTES, 0)
    file.seek(start)
    return blake2b(file.read(offset - start), digest_size=8).hexdigest()
