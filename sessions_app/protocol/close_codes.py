from enum import IntEnum


class CloseCode(IntEnum):
    """Why the server closed a WebSocket; the comments say what the browser does."""

    RESTARTING = 1012  # reconnect, with jitter
    MALFORMED = 4400  # the client's fault: do not reconnect
    NOT_SIGNED_IN = 4401  # sign in first
    NOT_ALLOWED = 4403  # do not reconnect
    SLOW_CONSUMER = 4408  # reconnect at the cursor
    TOO_MANY_SOCKETS = 4429  # the person has too many: reconnect later
