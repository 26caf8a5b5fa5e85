from typing import Protocol

from sessions_app.delivery.connection.viewer import Viewer
from sessions_app.delivery.feed.recent import Recent
from sessions_app.protocol.frames import Reset, ServerFrame


class FrameSink(Protocol):
    """The part of a connection that its subscriptions use. No method may block."""

    def say(self, frame: ServerFrame) -> None: ...
    def serve(self, subscription: "Subscription") -> None: ...
    def forbid(self, session_id: str) -> None: ...


class Subscription:
    """One session on one connection; the feed's Subscriber."""

    __slots__ = ("_line", "session_id", "viewer")

    def __init__(self, line: FrameSink, session_id: str, cursor: int) -> None:
        self.session_id = session_id
        self.viewer = Viewer(Recent(cursor), cursor)  # empty window until `follow`
        self._line = line

    def follow(self, recent: Recent) -> None:
        self.viewer = Viewer(recent, self.viewer.cursor)

    def advance(self) -> None:
        self._line.serve(self)

    def lose(self) -> None:
        self._line.forbid(self.session_id)

    def reset(self, recent: Recent) -> None:
        self.viewer = Viewer(recent, 0)
        self._line.say(Reset(session=self.session_id))
        self._line.serve(self)
