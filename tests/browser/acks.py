import json

from playwright.sync_api import Page, WebSocket


class Acks:
    """What a tab acknowledges of the frames that it gets, as seen on the wire."""

    def __init__(self, page: Page) -> None:
        self.sockets = 0
        self.frames = 0
        self.most_open = 0  # frames that had come and were not acknowledged, at once
        self._acked = 0
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.sockets += 1
        self.frames = self._acked = 0
        socket.on("framereceived", self._came)
        socket.on("framesent", self._went)

    def _came(self, payload: bytes | str) -> None:
        if json.loads(payload)["type"] == "events":
            self.frames += 1
            self.most_open = max(self.most_open, self.frames - self._acked)

    def _went(self, payload: bytes | str) -> None:
        frame = json.loads(payload)
        if frame["type"] == "ack":
            self._acked = frame["frames"]
