import msgspec

from sessions_app.protocol.engine_kind import EngineFacts
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Wire


class ClientFrame(Wire, frozen=True, kw_only=True):
    """A frame from a browser to the server."""


class Subscribe(ClientFrame, frozen=True, kw_only=True):
    """Subscribe `after` a cursor, or to the last `tail` events from a turn's start."""

    session: str
    after: int | None = None
    tail: int | None = None
    epoch: str | None = None


class Unsubscribe(ClientFrame, frozen=True, kw_only=True):
    session: str


class Ack(ClientFrame, frozen=True, kw_only=True):
    frames: int  # number of `events` frames processed so far on this connection


class WatchSessions(ClientFrame, frozen=True, kw_only=True):
    """Ask for the session list's rows, and for its changes from now on."""

    asks_only: bool = False  # at first only the rows of sessions that wait for a person


class Visibility(ClientFrame, frozen=True, kw_only=True):
    """Whether the tab is in sight: no notification is sent of what a person sees."""

    visible: bool


class Ping(ClientFrame, frozen=True, kw_only=True):
    pass


AnyClientFrame = Subscribe | Unsubscribe | Ack | WatchSessions | Visibility | Ping


class ServerFrame(Wire, frozen=True, kw_only=True):
    """A frame from the server to a browser."""


class Subscribed(ServerFrame, frozen=True, kw_only=True):
    session: str
    head: int
    epoch: str
    status: SessionStatus


class Unsubscribed(ServerFrame, frozen=True, kw_only=True):
    session: str


class Events(ServerFrame, frozen=True, kw_only=True):
    """The session's events between `after` (excluded) and `up_to` (included)."""

    session: str
    after: int
    up_to: int
    events: list[msgspec.Raw]


class Live(ServerFrame, frozen=True, kw_only=True):
    """Replay has caught up with the log."""

    session: str
    seq: int


class Reset(ServerFrame, frozen=True, kw_only=True):
    """The cursor is not valid for this log: discard everything and start from 0."""

    session: str


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of the session list."""

    id: str
    parent: str | None  # None: no parent; "": one that the reader may not see
    # The topmost ancestor that the reader may see; a main session's own id.
    root: str
    title: str
    status: SessionStatus
    model: str
    engine: EngineFacts
    owner: str
    head: int
    cost_usd: float | None
    created_ms: int
    updated_ms: int
    asks: int  # tool calls of this session (not its sub-agents) awaiting a person
    tags: list[str]
    is_archived: bool
    # Ids of the messages that the log does not have yet, as they will be read.
    waiting_messages: list[str]


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
