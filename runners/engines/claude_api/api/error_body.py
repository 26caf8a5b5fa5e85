from collections.abc import AsyncIterator

import httpx2

REFUSAL_MAX_BYTES = 1024 * 1024


async def cut_refusal(response: httpx2.Response) -> None:
    """Cap the body of an HTTP error response at REFUSAL_MAX_BYTES."""
    if not response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = Beginning(response.stream)


class Beginning(httpx2.AsyncByteStream):
    """The first REFUSAL_MAX_BYTES of a body, rounded up to a whole chunk."""

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
