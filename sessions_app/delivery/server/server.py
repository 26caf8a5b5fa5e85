import asyncio
import sys
from collections.abc import Callable
from typing import Any

from channels.routing import get_default_application
from daphne import server
from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from twisted.internet.defer import Deferred
from twisted.web.http import _GenericHTTPChannelProtocol

from sessions_app.delivery.connection.socket_count import SocketCount
from sessions_app.delivery.connection.sockets import EXTENSION, Message
from sessions_app.delivery.server.daphne_socket import Protocol
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.http_channel import BoundedHttpChannel
from sessions_app.delivery.server.http_request import Request
from sessions_app.delivery.server.session_check import is_known
from sessions_app.log.database.reader import Reader
from sessions_app.protocol.close_codes import CloseCode


class CannotListen(Exception):
    """The address cannot be had; says why."""


class Server(server.Server):
    """daphne, with our sockets, an end that browsers understand, and a heartbeat."""

    failure: str | None = None

    def __init__(self, when_listening: Callable[[int], None], **options: Any) -> None:
        super().__init__(
            ready_callable=self._be_ready,
            ping_interval=settings.PING_INTERVAL_S,
            ping_timeout=settings.PING_TIMEOUT_S,
            websocket_timeout=-1,  # a viewer may stay for weeks
            websocket_max_message_size=4 * settings.CLIENT_FRAME_MAX_CHARS,
            websocket_max_frame_size=4 * settings.CLIENT_FRAME_MAX_CHARS,
            **options,
        )
        # Threads that read the list or answer HTTP compute for milliseconds. The event
        # loop waits for the interpreter as long as this says each time it wakes.
        sys.setswitchinterval(settings.THREAD_SWITCH_INTERVAL_S)
        self._when_listening = when_listening
        self._ports: list[Any] = []
        self._lifespan: asyncio.Queue[Message] = asyncio.Queue()
        self._living: asyncio.Task[None] | None = None
        of_one = int(settings.HTTP_SOCKETS_OF_ADDRESS_MAX)
        if settings.BEHIND_PROXY:  # whose address is everybody's
            of_one = settings.HTTP_SOCKETS_MAX
        self._sockets = SocketCount(settings.HTTP_SOCKETS_MAX, of_one)
        # Both open their connection when they are first used.
        self._reader, self._database = Reader(1), DatabaseCheck()

    def listen_success(self, port: Any) -> None:
        self._ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        self.failure = str(failure.value)
        self.stop()

    async def handle_reply(self, protocol: Any, message: Message) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, Request):
            await protocol.drained()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Protocol):
            scope.setdefault("extensions", {})[EXTENSION] = protocol.socket
        return super().create_application(protocol, scope)

    def kill_all_applications(self) -> Any:
        """End well before the reactor stops; daphne itself would cut all (1006)."""
        return Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    def _be_ready(self) -> None:
        self.ws_factory.protocol = Protocol
        self._lifespan.put_nowait({"type": "lifespan.startup"})
        self._living = asyncio.ensure_future(self._live())
        factory: Any = self.http_factory
        build = factory.buildProtocol
        factory.buildProtocol = lambda address: self._channel(factory, build, address)
        self._when_listening(self.listening_addresses[0][1])

    def _channel(self, factory: Any, build: Callable[[Any], Any], address: Any) -> Any:
        """Make what reads a new connection; None: it is closed at once."""
        who = getattr(address, "host", "")
        if not self._sockets.enter(who):
            return None
        factory.protocol = lambda: _GenericHTTPChannelProtocol(
            BoundedHttpChannel(lambda: self._sockets.leave(who))
        )
        channel = build(address)
        channel.requestFactory = lambda of, _: Request(of, is_known=self._is_known)
        return channel

    def socket_left(self, address: str) -> None:
        """A WebSocket has ended; its HTTP channel would not hear of it."""
        self._sockets.leave(address)

    async def _is_known(self, key: str, token: str) -> bool:
        """Tell whether the asker is a user. Raises TimeoutError without database."""
        look = asyncio.create_task(self._reader.read(is_known, key, token))
        if await self._database.outlasts(look, lambda: False):
            return await look
        look.cancel()
        raise TimeoutError

    async def _drain(self) -> None:
        """Send browsers away to come back, let requests finish, cut what is left."""
        for port in self._ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, Protocol) and protocol.state == protocol.STATE_OPEN:
                # Not sendClose: it refuses 1012, which is a server's to send.
                protocol.sendCloseFrame(code=int(CloseCode.RESTARTING))
        applications = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        if applications:
            _, late = await asyncio.wait(applications, timeout=settings.DRAIN_MAX_S)
            for application in late:
                application.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._lifespan.put_nowait({"type": "lifespan.shutdown"})
        await (self._living or self._live())
        await self._reader.close()
        await self._database.close()

    async def _live(self) -> None:
        """Run the application's own lifespan, which daphne knows nothing of."""

        async def send(message: Message) -> None:
            pass

        await self.application({"type": "lifespan"}, self._lifespan.get, send)


def run(host: str, port: int, when_listening: Callable[[int], None]) -> None:
    """Serve until SIGINT or SIGTERM; tell the port when it is open.

    Raises CannotListen.
    """
    web = Server(
        when_listening,
        application=get_default_application(),
        endpoints=build_endpoint_description_strings(host=host, port=port),
        server_name="",
    )
    web.run()
    if web.failure is not None:
        raise CannotListen(web.failure)
