import msgspec

from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Wire


class ClientFrame(Wire, frozen=True, kw_only=True):
    """What a browser says on its WebSocket."""


class Subscribe(ClientFrame, frozen=True, kw_only=True):
    """`after` a cursor, or the last `tail` events, cut at a turn's start."""

    session: str
    after: int | None = None
    tail: int | None = None
    epoch: str | None = None


class Unsubscribe(ClientFrame, frozen=True, kw_only=True):
    session: str


class Ack(ClientFrame, frozen=True, kw_only=True):
    frames: int  # `events` frames folded in so far on this connection


class WatchSessions(ClientFrame, frozen=True, kw_only=True):
    """Changes of the list from now on; first its rows, or only those that ask."""

    asks_only: bool = False


class Ping(ClientFrame, frozen=True, kw_only=True):
    pass


AnyClientFrame = Subscribe | Unsubscribe | Ack | WatchSessions | Ping


class ServerFrame(Wire, frozen=True, kw_only=True):
    """What the server says on a WebSocket."""


class Subscribed(ServerFrame, frozen=True, kw_only=True):
    session: str
    head: int
    epoch: str
    status: SessionStatus


class Unsubscribed(ServerFrame, frozen=True, kw_only=True):
    session: str


class Events(ServerFrame, frozen=True, kw_only=True):
    """The log between `after` (excluded) and `up_to` (included)."""

    session: str
    after: int
    up_to: int
    events: list[msgspec.Raw]


class Live(ServerFrame, frozen=True, kw_only=True):
    """Replay has caught up with the log."""

    session: str
    seq: int


class Reset(ServerFrame, frozen=True, kw_only=True):
    """The cursor is not of this log: begin again from nothing."""

    session: str


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of the list of sessions."""

    id: str
    parent: str | None  # "": there is one that its reader may not see
    # A sub-agent's main session, as far up as its reader may see; or itself.
    root: str
    title: str
    status: SessionStatus
    model: str
    engine: str
    owner: str
    head: int
    cost_usd: float | None
    created_ms: int
    updated_ms: int
    asks: int  # tool calls of its own that wait for a person
    tags: list[str]
    is_archived: bool


class Sessions(ServerFrame, frozen=True, kw_only=True):
    """Rows of the list that are new or have changed."""

    sessions: list[SessionSummary]


class Pong(ServerFrame, frozen=True, kw_only=True):
    pass


class Error(ServerFrame, frozen=True, kw_only=True):
    code: str
    message: str
    session: str | None = None


AnyServerFrame = (
    Subscribed | Unsubscribed | Events | Live | Reset | Sessions | Pong | Error
)
