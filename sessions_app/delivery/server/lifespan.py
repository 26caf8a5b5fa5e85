from collections.abc import Awaitable, Callable

from sessions_app.delivery.connection.sockets import Message, Send

Close = Callable[[], Awaitable[None]]


class Lifespan:
    """The ASGI application's end: closes what lives as long as the process."""

    def __init__(self, *closes: Close) -> None:
        self._closes = closes

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        for close in self._closes:
            await close()
        await send({"type": "lifespan.shutdown.complete"})
