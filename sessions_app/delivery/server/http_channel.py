from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from twisted.internet import reactor
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel

LATE = "The request took too long to arrive."


class BoundedHttpChannel(HTTPChannel):
    """One HTTP connection, whose requests must arrive in time.

    twisted's own time-out begins anew with each byte: a peer that sends one a minute
    would keep its socket, and what it has sent, for ever.
    """

    requests: list[Any]
    transport: Any
    _networkProducer: Any

    def __init__(self, on_end: Callable[[], None]) -> None:
        super().__init__()
        self._on_end = on_end
        self._deadline: Any = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._must_arrive(settings.HTTP_HEADERS_MAX_S)

    def allHeadersReceived(self) -> None:
        self._must_arrive(settings.HTTP_BODY_MAX_S)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:
        self._cancel_deadline()
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        # For the next request of this connection, the wait for it included. It may have
        # come already, and cancels the deadline as it is taken.
        self._must_arrive(settings.HTTP_KEEP_ALIVE_MAX_S)
        super().requestDone(request)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        self._cancel_deadline()
        self._on_end()
        super().connectionLost(reason)

    def stop_reading(self) -> None:
        self._networkProducer.pauseProducing()

    def go_on_reading(self) -> None:
        self._networkProducer.resumeProducing()

    def _must_arrive(self, within_s: float) -> None:
        self._cancel_deadline()
        later: Any = reactor
        self._deadline = later.callLater(within_s, self._end_late)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    def _end_late(self) -> None:
        if self.requests:
            self.requests[-1].refuse(HTTPStatus.REQUEST_TIMEOUT, LATE)
        else:
            self.loseConnection()
