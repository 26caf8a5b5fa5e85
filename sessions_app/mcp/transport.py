import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx2
from django.conf import settings
from mcp.server.streamable_http_manager import (
    RequestBodyLimitMiddleware,
    StreamableHTTPSessionManager,
)

from sessions_app.delivery.connection.sockets import Message
from sessions_app.mcp.api import Api
from sessions_app.mcp.caller import CallingClient, Context
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.clients.connected_clients import ConnectedClients, NoRoom
from sessions_app.mcp.clients.opening import (
    BodyTooLarge,
    again,
    read_body,
    wants_session,
)
from sessions_app.mcp.refusal import refuse
from sessions_app.mcp.server import make_server

CALLER = "ringside.caller"  # the key in a request's scope of who calls
SESSION_ID = b"mcp-session-id"
MakeClient = Callable[[], httpx2.AsyncClient]


class McpTransport:
    """Streamable HTTP of the MCP server, as an ASGI application.

    From 2026-07-28 on, and for clients that cannot be asked anything, nothing is kept
    between two requests: each may go to another web process. A client whose handshake
    says that it can ask its person or its model gets a session, in this process; where
    that is not, it is answered 404 and begins anew.
    """

    def __init__(self, catalogues: Catalogues) -> None:
        self._manager = StreamableHTTPSessionManager(
            make_server(catalogues, _caller_of, remembers=False),
            stateless=True,
            max_request_body_size=settings.MCP_BODY_MAX_BYTES,
        )
        self._clients = ConnectedClients(
            make_server(catalogues, _caller_of, remembers=True)
        )
        self._has_begun = asyncio.Event()
        self._end = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="mcp")

    async def __call__(
        self, scope: Message, receive: Any, send: Any, owner: str, client: MakeClient
    ) -> None:
        """Answer a request of a token's `owner`; `client` makes clients of the API."""
        await self._has_begun.wait()
        if scope["method"] == "POST" and not dict(scope["headers"]).get(SESSION_ID):
            await self._answer(scope, receive, send, owner, client)
        else:
            await self._continue(owner, scope, receive, send)

    async def _answer(
        self, scope: Message, receive: Any, send: Any, owner: str, client: MakeClient
    ) -> None:
        try:
            body = await read_body(receive, settings.MCP_BODY_MAX_BYTES)
        except BodyTooLarge:
            await refuse(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large.")
            return
        receive = again(body, receive)
        if settings.MCP_SESSIONS and wants_session(body):
            await self._open(CallingClient(Api(client()), owner), scope, receive, send)
            return
        caller = CallingClient(Api(client()), owner)
        try:
            await self._manager.asgi_app({**scope, CALLER: caller}, receive, send)
        finally:
            await caller.api.close()

    @property
    def sessions(self) -> int:
        """How many clients have a session here."""
        return len(self._clients)

    async def close(self) -> None:
        await self._clients.close()
        self._end.set()
        await self._task

    async def _open(
        self, caller: CallingClient, scope: Message, receive: Any, send: Any
    ) -> None:
        _, port = scope.get("server") or ("", 0)
        try:
            client = self._clients.open(caller, port or 0)
        except NoRoom as error:
            await refuse(send, error.status, str(error))
            return
        is_open = False

        async def watched(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "http.response.start":
                is_open = message["status"] == HTTPStatus.OK
            await send(message)

        try:
            await client.answer({**scope, CALLER: caller}, receive, watched)
        finally:
            if not is_open:
                client.end()

    async def _continue(
        self, owner: str, scope: Message, receive: Any, send: Any
    ) -> None:
        id_ = dict(scope["headers"]).get(SESSION_ID, b"").decode("latin-1")
        client = self._clients.find(id_, owner)
        if client is None:
            await refuse(
                send, HTTPStatus.NOT_FOUND, "There is no such session: initialize anew."
            )
            return
        limited = RequestBodyLimitMiddleware(client.answer, settings.MCP_BODY_MAX_BYTES)
        await limited({**scope, CALLER: client.caller}, receive, send)

    async def _run(self) -> None:
        # The SDK's task group must be left by the task that entered it.
        async with self._manager.run():
            self._has_begun.set()
            await self._end.wait()


def _caller_of(context: Context) -> CallingClient:
    request: Any = context.request
    caller: CallingClient = request.scope[CALLER]
    return caller
