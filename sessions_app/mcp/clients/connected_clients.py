import asyncio
import logging
import secrets
from http import HTTPStatus
from typing import Any

from django.conf import settings
from mcp.server.lowlevel.server import Server

from sessions_app.mcp.caller import CallingClient
from sessions_app.mcp.clients.connected_client import ConnectedClient

logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """No session can be opened: an HTTP status, and a text with what to do."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class ConnectedClients:
    """The clients with a session in this web process, bounded in all and by token."""

    def __init__(self, server: Server[Any]) -> None:
        self._server = server
        self._clients: dict[str, ConnectedClient] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def find(self, id_: str, owner: str) -> ConnectedClient | None:
        """Return a session of this token; that of another is as if it were not."""
        found = self._clients.get(id_)
        return found if found and found.caller.owner == owner else None

    def open(self, caller: CallingClient, port: int) -> ConnectedClient:
        """Open a session for a token. Raises NoRoom.

        A token that has as many as it may loses the one that has been idle the
        longest: clients that die say no goodbye. The id begins with this process's
        port, so that a proxy before several processes can send what has it here.
        """
        self._make_room(caller.owner)
        id_ = f"{port}-{secrets.token_urlsafe(24)}"
        client = ConnectedClient(id_, self._server, caller)
        self._clients[id_] = client
        client.task.add_done_callback(lambda task: self._forget(client, task))
        return client

    async def close(self) -> None:
        clients = list(self._clients.values())
        for client in clients:
            client.end()
        await asyncio.gather(*(one.task for one in clients), return_exceptions=True)

    def _make_room(self, owner: str) -> None:
        theirs = [one for one in self._clients.values() if one.caller.owner == owner]
        if len(theirs) >= settings.MCP_SESSIONS_OF_TOKEN_MAX:
            idle = [one for one in theirs if one.is_idle]
            if not idle:
                raise NoRoom(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "Too many sessions of this token are in use: end one by DELETE.",
                )
            oldest = min(idle, key=lambda one: one.used_at)
            del self._clients[oldest.id]
            oldest.end()
        if len(self._clients) >= settings.MCP_SESSIONS_MAX:
            raise NoRoom(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many sessions are open here: wait a moment.",
            )

    def _forget(self, client: ConnectedClient, task: asyncio.Task[None]) -> None:
        self._clients.pop(client.id, None)
        if not task.cancelled() and (error := task.exception()):
            logger.error("event=mcp_session_failed", exc_info=error)
