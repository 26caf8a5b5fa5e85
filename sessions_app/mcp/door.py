import asyncio
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.conf import settings

from sessions_app.delivery.connection.socket_count import SocketCount
from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.server.asker import address_of
from sessions_app.mcp.asgi_transport import Application
from sessions_app.mcp.inside import api_client
from sessions_app.mcp.refusal import refuse
from sessions_app.people.api_tokens import token_in
from sessions_app.people.origin import is_programs_or_own
from sessions_app.people.token import hash_of

PATH = "/mcp"
OF_SESSIONS = {"GET", "DELETE"}  # a stream of what is sent beside answers; the end


class McpDoor:
    """MCP over streamable HTTP at /mcp; all other requests go on to `application`.

    Whoever comes must have a token; what they may do with it the API decides, which
    the tools ask inside this process. The SDK is loaded with the first request, so
    that who does not use this door pays nothing for it.
    """

    def __init__(self, application: Application, api: Application) -> None:
        """`api` is the application that answers the API's requests, streams too."""
        self._application = application
        self._api = api
        self._transport: asyncio.Task[Any] | None = None
        self._count = SocketCount(
            settings.MCP_REQUESTS_MAX, settings.MCP_REQUESTS_OF_ADDRESS_MAX
        )
        if settings.MCP_CATALOGUES:  # a wrong name ends the start, not a request
            _catalogues()

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["path"] != PATH:
            await self._application(scope, receive, send)
        elif not is_programs_or_own(dict(scope)):
            await refuse(
                send, HTTPStatus.FORBIDDEN, "This page or host may not ask here."
            )
        elif scope["method"] == "POST" or _has_session(scope):
            await self._admit(scope, receive, send)
        else:
            await refuse(
                send,
                HTTPStatus.METHOD_NOT_ALLOWED,
                "Send a POST: only a session (Mcp-Session-Id) has a stream or an end.",
                allow="POST",
            )

    @property
    def transport(self) -> Any:
        """The transport of MCP; None until the first request has come."""
        is_there = self._transport is not None and self._transport.done()
        return self._transport.result() if self._transport and is_there else None

    async def close(self) -> None:
        if self._transport:
            await (await self._transport).close()

    async def _admit(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["method"] in OF_SESSIONS:  # each has one stream, and they are bounded
            await self._serve(scope, receive, send)
            return
        address = address_of(scope)
        if not self._count.enter(address):
            await refuse(
                send,
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many requests are under way: wait a moment.",
            )
            return
        try:
            await self._serve(scope, receive, send)
        finally:
            self._count.leave(address)

    async def _serve(self, scope: Message, receive: Any, send: Any) -> None:
        async with api_client(self._api, scope) as client:
            asked = await client.get("me")
            if asked.is_error:  # no valid token, too busy, or no database
                start = {"type": "http.response.start", "status": asked.status_code}
                await send(start | {"headers": asked.headers.raw})
                await send({"type": "http.response.body", "body": asked.content})
                return
            if self._transport is None:
                self._transport = asyncio.create_task(_load())
            transport = await asyncio.shield(self._transport)
            owner = hash_of(token_in(_header(scope, b"authorization")))
            await transport(
                scope, receive, send, owner, lambda: api_client(self._api, scope)
            )


async def _load() -> Any:
    """Import the SDK, which takes a second, beside the event loop, and start it."""
    catalogues = await asyncio.to_thread(_catalogues)
    transport = await asyncio.to_thread(import_module, "sessions_app.mcp.transport")
    return transport.McpTransport(catalogues)


def _catalogues() -> Any:
    return import_module("sessions_app.mcp.catalogues").Catalogues.configured()


def _has_session(scope: Message) -> bool:
    return scope["method"] in OF_SESSIONS and bool(_header(scope, b"mcp-session-id"))


def _header(scope: Message, name: bytes) -> str:
    found: bytes = dict(scope["headers"]).get(name, b"")
    return found.decode("latin-1")
