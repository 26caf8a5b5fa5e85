import asyncio
from typing import Any

from django.conf import settings
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class McpTransport:
    """Streamable HTTP of an MCP server, as an ASGI application.

    It keeps nothing between two requests: each may go to another web process, and a
    restart costs no client its session. One task has the SDK's tasks below it.
    """

    def __init__(self, server: Server[Any], *, stateless: bool = True) -> None:
        self._manager = StreamableHTTPSessionManager(
            server,
            stateless=stateless,
            max_request_body_size=settings.MCP_BODY_MAX_BYTES,
        )
        self._has_begun = asyncio.Event()
        self._end = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="mcp")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._has_begun.wait()
        await self._manager.asgi_app(scope, receive, send)

    async def close(self) -> None:
        self._end.set()
        await self._task

    async def _run(self) -> None:
        # The SDK's task group must be left by the task that entered it.
        async with self._manager.run():
            self._has_begun.set()
            await self._end.wait()
