import secrets
from typing import Any

import httpx2
import msgspec

Json = dict[str, Any]


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
        sent = {name: value for name, value in query.items() if value not in {None, ""}}
        return await self._ask("GET", path, params=sent)

    async def post(self, path: str, body: Json, key: str = "") -> Json:
        """Send a body; a request that is sent twice with one key counts once."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return await self._ask(
            "POST", path, content=msgspec.json.encode(body), headers=headers
        )

    async def command(self, session_id: str, command: Json, key: str = "") -> Json:
        """Send a command of the protocol to a session."""
        path = f"sessions/{session_id}/commands"
        return await self.post(path, command, key or secrets.token_hex(8))

    async def _ask(self, method: str, path: str, **options: Any) -> Json:
        try:
            answer = await self._client.request(method, path, **options)
        except httpx2.TransportError as error:
            raise ToolFailed(
                f"The server does not answer ({error}): is `ringside serve` running?"
            ) from None
        try:
            found: Json = msgspec.json.decode(answer.content)
        except msgspec.DecodeError:
            raise ToolFailed(
                f"The server answered {answer.status_code}: is it Ringside?"
            ) from None
        if answer.is_error:
            raise ToolFailed(str(found.get("detail", answer.status_code)))
        return found
