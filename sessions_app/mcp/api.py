import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

Json = dict[str, Any]
STREAM_SILENCE_MAX_S = 45.0  # an event stream sends a heartbeat every 15 s


class ToolFailed(Exception):
    """A tool could not do its work; the text says why and what to do."""


class Api:
    """Ringside's API, as the tools ask it for whoever calls them.

    The tools have no rights of their own, and no way around the API: each request
    carries the caller's token, and the API decides. Every method raises ToolFailed.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """`client` has the API's address, and sends the caller's token."""
        self._client = client

    async def get(self, path: str, **query: str | int | None) -> Json:
        return _decoded(await self._ask("GET", path, params=_sent(query)))

    async def text(
        self, path: str, **query: str | int | None
    ) -> tuple[str, Mapping[str, str]]:
        """Get an answer that is text, and its headers."""
        answer = await self._ask("GET", path, params=_sent(query))
        return answer.text, answer.headers

    async def post(self, path: str, body: Json, key: str = "") -> Json:
        """Send a body; a request that is sent twice with one key counts once."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = msgspec.json.encode(body)
        return _decoded(await self._ask("POST", path, content=content, headers=headers))

    async def command(self, session_id: str, command: Json, key: str = "") -> Json:
        """Send a command of the protocol to a session."""
        path = f"sessions/{session_id}/commands"
        return await self.post(path, command, key or secrets.token_hex(8))

    @asynccontextmanager
    async def stream(
        self, path: str, last_id: str = ""
    ) -> AsyncIterator[AsyncIterator[str]]:
        """Open a stream of Server-Sent Events, after `last_id` if given: its lines."""
        headers = {"Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        asked = self._client.stream(
            "GET", path, headers=headers, timeout=STREAM_SILENCE_MAX_S
        )
        try:
            async with asked as answer:
                if answer.is_error:
                    await answer.aread()
                _check(answer)
                yield answer.aiter_lines()
        except httpx2.TransportError as error:
            raise _away(error) from None

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = await self._client.request(method, path, **options)
        except httpx2.TransportError as error:
            raise _away(error) from None
        _check(answer)
        return answer


class ApiRefused(ToolFailed):
    """The API answered with an error: `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def _sent(query: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in query.items() if value not in {None, ""}}


def _check(answer: httpx2.Response) -> None:
    if answer.is_error:
        detail = _decoded(answer).get("detail", answer.status_code)
        raise ApiRefused(answer.status_code, str(detail))


def _decoded(answer: httpx2.Response) -> Json:
    try:
        found: Json = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        raise ToolFailed(
            f"The server answered {answer.status_code}: is it Ringside?"
        ) from None
    return found


def _away(error: httpx2.TransportError) -> ToolFailed:
    return ToolFailed(
        f"The server does not answer ({error}): is `ringside serve` running?"
    )
