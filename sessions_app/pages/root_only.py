from collections.abc import Awaitable, Callable
from typing import Any

from sessions_app.delivery.connection.sockets import Message, Send

Application = Callable[[Any, Any, Any], Awaitable[None]]
# By these a proxy tells below which path it serves what is behind it. A third,
# Daphne-Root-Path, daphne itself turns into the scope's root path.
PREFIX_HEADERS = (b"x-forwarded-prefix", b"x-script-name")


class RootOnly:
    """Refuses requests that a proxy passes on from below a path, and says why.

    Pages name their parts from the root of the host, so each link would lead nowhere.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        headers = dict(scope["headers"])
        told = {headers.get(name, b"").strip(b"/") for name in PREFIX_HEADERS}
        if told == {b""} and not scope.get("root_path"):
            await self._application(scope, receive, send)
            return
        body = (
            b"Ringside cannot be served below a path. Give it a host name of its own, "
            b"such as ringside.example.com, and let the proxy pass / on to it.\n"
        )
        encoded = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 400, "headers": encoded})
        await send({"type": "http.response.body", "body": body})
