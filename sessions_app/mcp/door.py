import asyncio
from importlib import import_module
from typing import Any

from django.conf import settings

from sessions_app.delivery.connection.socket_count import SocketCount
from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.asker import address_of
from sessions_app.mcp.api import Api
from sessions_app.mcp.inside import Application, api_client
from sessions_app.people.origin import is_programs_or_own

PATH = "/mcp"
API = "ringside.api"  # the key in a request's scope of the API as its caller sees it


class McpDoor:
    """MCP over streamable HTTP at /mcp; all other requests go on to `application`.

    Whoever comes must have a token; what they may do with it the API decides, which
    the tools ask inside this process. The SDK is loaded with the first request, so
    that who does not use this door pays nothing for it.
    """

    def __init__(self, application: Application, api: Application) -> None:
        """`api` is the application that answers the API's requests."""
        self._application = application
        self._api = api
        self._transport: asyncio.Task[Any] | None = None
        self._count = SocketCount(
            settings.MCP_REQUESTS_MAX, settings.MCP_REQUESTS_OF_ADDRESS_MAX
        )

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        if scope["path"] != PATH:
            await self._application(scope, receive, send)
        elif not is_programs_or_own(dict(scope)):
            await _refuse(send, 403, "This page or host may not ask here.")
        elif scope["method"] != "POST":
            await _refuse(send, 405, "Send a POST: there are no sessions to listen to.")
        else:
            await self._admit(scope, receive, send)

    async def close(self) -> None:
        if self._transport:
            await (await self._transport).close()

    async def _admit(self, scope: Message, receive: Any, send: Send) -> None:
        address = address_of(scope)
        if not self._count.enter(address):
            await _refuse(send, 429, "Too many requests are under way: wait a moment.")
            return
        try:
            await self._serve(scope, receive, send)
        finally:
            self._count.leave(address)

    async def _serve(self, scope: Message, receive: Any, send: Send) -> None:
        async with api_client(self._api, scope) as client:
            caller = await client.get("me")
            if caller.is_error:  # no valid token, too busy, or no database
                start = {"type": "http.response.start", "status": caller.status_code}
                await send(start | {"headers": caller.headers.raw})
                await send({"type": "http.response.body", "body": caller.content})
                return
            if self._transport is None:
                self._transport = asyncio.create_task(_load())
            transport = await asyncio.shield(self._transport)
            await transport({**scope, API: Api(client)}, receive, send)


async def _load() -> Any:
    """Import the SDK, which takes a second, beside the event loop, and start it."""
    server = await asyncio.to_thread(import_module, "sessions_app.mcp.server")
    transport = await asyncio.to_thread(import_module, "sessions_app.mcp.transport")
    return transport.McpTransport(server.make_server(_api_of))


def _api_of(context: Any) -> Api:
    api: Api = context.request.scope[API]
    return api


async def _refuse(send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 429:
        headers.append((b"retry-after", str(settings.RETRY_AFTER_S).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
