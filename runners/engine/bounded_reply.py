from collections.abc import AsyncIterator

import httpx2

from runners.engine.failure import Fatal, Retryable

FRAME_MAX_BYTES = 8 * 1024 * 1024  # a result of a server's tool comes in one
FRAME_MAX_LINES = 1_000  # a frame of the API's has two
REPLY_MAX_BYTES = 128 * 1024 * 1024
REFUSAL_MAX_BYTES = 1024 * 1024  # of an answer that is no reply
ENDS = (b"\n\n", b"\r\r", b"\r\n\r\n")  # of a frame


class BoundedReply:
    """A reply's bytes, as the SDK reads them, until it or a frame of it has no end.

    The SDK keeps all of a frame until that has come to its end.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield them, decompressed. Raises ClaudeFailure."""
        whole = size = lines = 0
        last = b""
        async for piece in self._response.aiter_bytes():
            whole += len(piece)
            read = last + piece
            end = max(read.rfind(mark) for mark in ENDS)
            if end < 0:
                size, lines = size + len(piece), lines + _lines(piece)
            else:
                size, lines = len(read) - end, _lines(read[end:])
            if size > FRAME_MAX_BYTES or lines > FRAME_MAX_LINES:
                raise Retryable("bad_stream", "a frame without an end")
            if whole > REPLY_MAX_BYTES:
                limit = f"{REPLY_MAX_BYTES:,} bytes"
                raise Fatal("reply_too_large", f"the reply is over {limit}")
            yield piece
            last = read[-3:]


async def cut_refusal(response: httpx2.Response) -> None:
    """Have no more read of an answer that is no reply than can be said of it."""
    if not response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = Beginning(response.stream)


class Beginning(httpx2.AsyncByteStream):
    """The first REFUSAL_MAX_BYTES of a body, or a little more."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._body:
            yield piece
            size += len(piece)
            if size > REFUSAL_MAX_BYTES:
                return

    async def aclose(self) -> None:
        await self._body.aclose()


def _lines(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r")
