from collections.abc import Awaitable, Callable

from sessions_app.delivery.connection.sockets import Message, Send

Close = Callable[[], Awaitable[None]]


class Lifespan:
    """Begins and closes what lives as long as the ASGI application's process."""

    def __init__(self, start: Callable[[], None], *closes: Close) -> None:
        self._start = start
        self._closes = closes

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            self._start()
            await send({"type": "lifespan.startup.complete"})
        for close in self._closes:
            await close()
        await send({"type": "lifespan.shutdown.complete"})
