from collections.abc import Iterator
from dataclasses import dataclass

SHOWN_BYTES = 200  # kept of a line that is too long


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One line, numbered from 1; only the beginning if it was too long."""

    number: int
    data: bytes
    is_too_long: bool = False


class Lines:
    """Splits a stream of bytes into lines; buffers at most `max_bytes`.

    A longer line is reported at once, because it may never end, and its rest is
    skipped.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._number = 1
        self._parts: list[bytes] = []
        self._size = 0
        self._is_skipping = False

    def feed(self, data: bytes) -> Iterator[ProgramLine]:
        """Add the next bytes; yield the lines that they complete."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            yield from self._add(end)
            yield from self._complete()
        yield from self._add(rest)

    def end(self) -> Iterator[ProgramLine]:
        """Yield the text after the last newline."""
        if self._parts:
            yield from self._complete()

    def _add(self, piece: bytes) -> Iterator[ProgramLine]:
        if self._is_skipping or not piece:
            return
        self._parts.append(piece)
        self._size += len(piece)
        if self._size > self._max_bytes:
            beginning = b"".join(self._parts)[:SHOWN_BYTES]
            self._parts, self._is_skipping = [], True
            yield ProgramLine(self._number, beginning, is_too_long=True)

    def _complete(self) -> Iterator[ProgramLine]:
        if not self._is_skipping:
            data = b"".join(self._parts).removesuffix(b"\r")
            if data.strip():
                yield ProgramLine(self._number, data)
        self._parts, self._size, self._is_skipping = [], 0, False
        self._number += 1
