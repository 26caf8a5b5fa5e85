from collections.abc import Awaitable, Callable
from typing import Any

from sessions_app.delivery.connection.sockets import Message, Send

Application = Callable[[Any, Any, Any], Awaitable[None]]
# Headers by which a proxy announces the path prefix that it serves the application
# under. Daphne itself turns a third one, Daphne-Root-Path, into the scope's root_path.
PREFIX_HEADERS = (b"x-forwarded-prefix", b"x-script-name")


class RootOnly:
    """Refuses requests that a proxy forwards from below a path prefix.

    Pages use URLs relative to the root of the host, so no link would work.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        headers = dict(scope["headers"])
        prefixes = {headers.get(name, b"").strip(b"/") for name in PREFIX_HEADERS}
        if prefixes == {b""} and not scope.get("root_path"):
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
