import json
from types import TracebackType
from typing import Any, Self

import httpx2
from django.core.asgi import get_asgi_application

from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.event_stream.door import EventStreamDoor
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.admission import Admission
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.whole_log.door import WholeLogDoor
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.mcp.asgi_transport import AsgiTransport
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
        self._token = token
        self._database = DatabaseCheck()
        self._admission = Admission(get_asgi_application(), self._database)
        self._feed = Feed()
        self._guard = Guard(self._feed.reader)
        self._streams = EventStreamDoor(
            self._admission, self._feed, self._guard, self._database
        )
        self._log = WholeLog()
        whole = WholeLogDoor(self._streams, self._streams, self._log)
        self._door = McpDoor(no_application, whole)
        self.status = 0  # of the last handshake
        self._client = self._client_at(self._door)

    def _client_at(self, door: McpDoor) -> httpx2.AsyncClient:
        token = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return httpx2.AsyncClient(
            transport=AsgiTransport(door, ("127.0.0.1", 123)),
            base_url="http://testserver",
            headers=HEADERS | token,
            timeout=60,
        )

    def knock_at(self, other: "McpCaller") -> None:
        """Be another caller at the same door; `leave` it before it closes."""
        self._client = self._client_at(other._door)

    async def leave(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        for close in (
            self._door.close,
            self._admission.close,
            self._database.close,
            self._streams.close,
            self._log.close,
            self._guard.close,
            self._feed.close,
        ):
            await close()

    async def post(self, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return await self._client.post("/mcp", json=body, headers=headers)

    async def ask(self, method: str, **headers: str) -> httpx2.Response:
        """Send a request of another HTTP method."""
        return await self._client.request(method, "/mcp", headers=headers)

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a JSON-RPC request; return its result."""
        answer = await self.answer(method, **params)
        assert "result" in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    async def answer(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a JSON-RPC request; return its answer, an error too."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self._read(body)

    async def answer_in(
        self, session: str, method: str, **params: Any
    ) -> dict[str, Any]:
        """Send a JSON-RPC request in a session; return its answer, an error too."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self._read(body, **{"Mcp-Session-Id": session})

    async def _read(self, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = await self.post(body, **headers)
        assert answer.status_code == 200, answer.text
        *_, data = [
            line.removeprefix("data: ")
            for line in answer.text.splitlines()
            if line.startswith("data: {")
        ]
        found: dict[str, Any] = json.loads(data)
        return found

    async def open(self, **capabilities: Any) -> str:
        """Shake hands as a client that can do this; return the session's id, or ""."""
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
        answer = await self.post(body)
        self.status = answer.status_code
        return answer.headers.get("mcp-session-id", "")

    @property
    def sessions(self) -> int:
        """How many sessions the door has."""
        transport = self._door.transport
        return transport.sessions if transport else 0

    async def ping(self, session: str) -> int:
        """Ask in a session; return the status."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        return (await self.post(body, **{"Mcp-Session-Id": session})).status_code

    def stream(self, session: str) -> Any:
        """Open the stream of what is sent in a session beside answers."""
        headers = {"Mcp-Session-Id": session, "Accept": "text/event-stream"}
        return self._client.stream("GET", "/mcp", headers=headers)

    async def call(self, tool: str, **said: Any) -> dict[str, Any]:
        """Call a tool; return its result, as MCP has it."""
        return await self.request("tools/call", name=tool, arguments=said)
