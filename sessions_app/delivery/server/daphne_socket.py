import time
from http import HTTPStatus
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.internet.tcp import Connection as TcpConnection
from zope.interface.declarations import implementer

from sessions_app.delivery.connection.sockets import Frame, Listener, Message
from sessions_app.log.batch import Batch
from sessions_app.protocol.encoding.codec import ProtocolError, decode_client_frame
from sessions_app.protocol.encoding.websocket_frame import short_text, websocket_frame
from sessions_app.protocol.frames import Ack


@implementer(IPushProducer)
class DaphneSocket:
    """Writes ready frames to daphne's transport, and stops while its buffer is full.

    daphne itself gives no back-pressure: a peer that stops reading would take any
    amount of memory. As the transport's producer we are told to pause and to resume.
    """

    __slots__ = ("_is_paused", "_listener", "_protocol")

    def __init__(self, protocol: "Protocol") -> None:
        self._protocol = protocol
        self._listener: Listener | None = None
        self._is_paused = False

    @property
    def is_ready(self) -> bool:
        return not self._is_paused

    def attach(self, listener: Listener) -> None:
        self._listener = listener

    def write(self, frame: Frame) -> None:
        if self._protocol.state != self._protocol.STATE_OPEN:
            return
        if isinstance(frame, Batch):
            data = frame.frame
        else:
            data = websocket_frame(frame.encode())
        transport: Any = self._protocol.transport
        if not _is_idle(transport):
            transport.write(data)
            return
        # Straight to the kernel: a fourth of the cost of a turn through the reactor.
        sent = transport.writeSomeData(data)
        if not isinstance(sent, int) or sent < len(data):
            transport.write(data[sent if isinstance(sent, int) else 0 :])

    def mute(self) -> None:
        # Its answer to our close is not read either; autobahn waits a second for it.
        self._protocol.transport.pauseProducing()

    def acknowledge(self, frames: int) -> None:
        if self._listener is not None:
            self._listener.acknowledge(frames)

    def spend(self) -> None:
        if self._listener is not None:
            self._listener.spend()

    # --- what the transport says ----------------------------------------------

    def pauseProducing(self) -> None:
        self._is_paused = True

    def resumeProducing(self) -> None:
        self._is_paused = False
        if self._listener is not None:
            self._listener.flush()

    def stopProducing(self) -> None:
        self._is_paused = True


class Protocol(WebSocketProtocol):
    """daphne's WebSocket with our socket beside it."""

    transport: Any
    factory: Any

    def onConnect(self, request: Any) -> Any:
        self._refusal: Message = {}
        self.socket = DaphneSocket(self)
        return super().onConnect(request)

    def onOpen(self) -> None:
        # The HTTP channel that the WebSocket grew out of is still the producer.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.socket, True)
        super().onOpen()

    def handle_reply(self, message: Any) -> None:
        match message["type"]:
            case "websocket.http.response.start":
                self._refusal = message
            case "websocket.http.response.body":
                self._refuse(message["body"])
            case _:
                super().handle_reply(message)

    def _refuse(self, body: bytes) -> None:
        """Answer the handshake with the HTTP response begun, and hang up."""
        status = HTTPStatus(self._refusal["status"])
        sent = [(k.decode(), v.decode()) for k, v in self._refusal["headers"]]
        self.sendHttpErrorResponse(status.value, status.phrase, sent)
        self.sendData(body)
        del self.handshake_deferred  # nobody answers the handshake a second time
        self.dropConnection(abort=False)
        self.server.protocol_disconnected(self)

    def dataReceived(self, data: bytes) -> None:
        # autobahn's own formats a line for its debug log first, for each ack.
        self._dataReceived(data)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        super().connectionLost(reason)
        self.factory.server_class.socket_left(self.transport.getPeer().host)

    def onPing(self, payload: bytes) -> None:
        """Answer, unless the peer does not read: pongs would pile up for ever."""
        self.socket.spend()
        if self.socket.is_ready:
            super().onPing(payload)

    def processData(self) -> bool:
        """Take acks before the full parser sees them.

        They come as often as frames leave, and cost a tenth this way. Whatever is not
        plainly an ack between two messages goes the usual way.
        """
        if (
            self.state == self.STATE_OPEN
            and self.current_frame is None
            and not self.inside_message
            and not self.autoPingTimeoutCall  # any traffic answers a ping
            and not self.muted
        ):
            found = short_text(self.data)
            if found and (ack := _ack(found[0])):
                self.data = found[1]
                self.last_ping = time.time()
                self.socket.acknowledge(ack.frames)
                return bool(self.data)
        return bool(super().processData())


def _ack(payload: bytes) -> Ack | None:
    if b'"ack"' not in payload:
        return None
    try:
        frame = decode_client_frame(payload)
    except ProtocolError:
        return None  # the connection says what is wrong with it
    return frame if isinstance(frame, Ack) else None


def _is_idle(transport: Any) -> bool:
    """Nothing waits in a plain TCP transport: a direct write keeps the order."""
    return (
        isinstance(transport, TcpConnection)
        and not transport.dataBuffer
        and not transport._tempDataBuffer
        and not transport.disconnecting
    )
