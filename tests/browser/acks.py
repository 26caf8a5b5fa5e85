import json

from playwright.sync_api import Page, WebSocket


class Acks:
    """What a tab acknowledges of the frames that it gets, as seen on the wire.

    The socket of a session's page counts, and not the one that lists the sessions.
    """

    def __init__(self, page: Page) -> None:
        self.frames = 0
        self.most_open = 0  # frames that had come and were not acknowledged, at once
        self._acked = 0
        self._sockets: list[WebSocket] = []
        page.on("websocket", self._opened)

    @property
    def sockets(self) -> int:
        return len(self._sockets)

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._came)
        socket.on("framesent", lambda payload: self._went(socket, payload))

    def _came(self, payload: bytes | str) -> None:
        if json.loads(payload)["type"] == "events":
            self.frames += 1
            self.most_open = max(self.most_open, self.frames - self._acked)

    def _went(self, socket: WebSocket, payload: bytes | str) -> None:
        frame = json.loads(payload)
        if frame["type"] == "ack":
            self._acked = frame["frames"]
        elif frame["type"] == "subscribe" and socket not in self._sockets:
            self._sockets.append(socket)
            self.frames = self._acked = 0
