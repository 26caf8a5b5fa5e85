from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import NamedTuple

from runners.engines.claude_api.api.errors import Fatal, Retryable

FRAME_MAX_BYTES = 8 * 1024 * 1024  # a server tool's whole result is one frame
REPLY_MAX_BYTES = 128 * 1024 * 1024


class Frame(NamedTuple):
    """One server-sent event: its name (empty if it has none) and its data."""

    kind: bytes
    data: bytes


class ReplyFrames:
    """Splits a reply's bytes into server-sent events, across any chunk boundaries.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        self._whole = 0  # bytes so far
        self._begun = bytearray()  # the beginning of an unfinished line
        # True until the first line has ended: a BOM may stand there
        self._is_at_start = True
        # the last piece ended in CR: a leading LF belongs to it
        self._may_go_on = False
        self._kind = b""
        self._data = bytearray()  # the frame's data lines, each with an LF

    def add(self, piece: bytes) -> Iterator[Frame]:
        """Yield the frames that end in this piece.

        Raises ClaudeFailure, after those frames, if a frame or the reply is too large.
        """
        self._whole += len(piece)
        for line in self._lines(piece):
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data += value.removeprefix(b" ")
                self._data += b"\n"
            elif name == b"event":
                self._kind = value.removeprefix(b" ")
            elif not line:
                if len(self._data) > 1:  # skip events with empty data
                    yield Frame(self._kind, bytes(self._data[:-1]))
                self._kind, self._data = b"", bytearray()
        if len(self._begun) + len(self._kind) + len(self._data) > FRAME_MAX_BYTES:
            raise Retryable("bad_stream", "a frame without an end")
        if self._whole > REPLY_MAX_BYTES:
            limit = f"{REPLY_MAX_BYTES:,} bytes"
            raise Fatal("reply_too_large", f"the reply is over {limit}")

    def _lines(self, piece: bytes) -> list[bytes]:
        """Return the lines that end in this piece, without their line ends."""
        if piece and self._may_go_on:
            self._may_go_on = False
            piece = piece.removeprefix(b"\n")
        if not piece:
            return []
        self._may_go_on = piece.endswith(b"\r")
        lines = piece.splitlines()
        begun = b"" if piece.endswith((b"\n", b"\r")) else lines.pop()
        if self._begun and lines:
            lines[0] = bytes(self._begun) + lines[0]
            self._begun.clear()
        if self._is_at_start and lines:
            lines[0] = lines[0].removeprefix(BOM_UTF8)
            self._is_at_start = False
        self._begun += begun
        return lines
