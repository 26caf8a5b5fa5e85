import json
from types import TracebackType
from typing import Any, Self

import httpx2
from django.core.asgi import get_asgi_application

from sessions_app.delivery.server.admission import Admission
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.mcp.door import McpDoor
from tests.sessions_app.delivery.event_stream.listener import no_application

HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-11-25",
}


class McpCaller:
    """A program that knocks at the MCP door of this process, with a token or without.

    It sends plain requests, so that a test may send what no client would.
    """

    def __init__(self, token: str) -> None:
        self._database = DatabaseCheck()
        self._admission = Admission(get_asgi_application(), self._database)
        self._door = McpDoor(no_application, self._admission)
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self._door),
            base_url="http://testserver",
            headers=HEADERS | ({"Authorization": f"Bearer {token}"} if token else {}),
            timeout=60,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        for close in (self._door.close, self._admission.close, self._database.close):
            await close()

    async def post(self, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return await self._client.post("/mcp", json=body, headers=headers)

    async def ask(self, method: str) -> httpx2.Response:
        """Send a request of another HTTP method."""
        return await self._client.request(method, "/mcp")

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a JSON-RPC request; return its result."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = await self.post(body)
        assert answer.status_code == 200, answer.text
        (data,) = [
            line.removeprefix("data: ")
            for line in answer.text.splitlines()
            if line.startswith("data: {")
        ]
        found: dict[str, Any] = json.loads(data)["result"]
        return found

    async def call(self, tool: str, **said: Any) -> dict[str, Any]:
        """Call a tool; return its result, as MCP has it."""
        return await self.request("tools/call", name=tool, arguments=said)
