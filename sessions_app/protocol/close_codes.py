from enum import IntEnum


class CloseCode(IntEnum):
    """Why the server closed a WebSocket, and what the browser does then."""

    RESTARTING = 1012  # come back, with jitter
    MALFORMED = 4400  # a fault of the client's: do not come back
    NOT_SIGNED_IN = 4401  # sign in first
    NOT_ALLOWED = 4403  # do not come back
    SLOW_CONSUMER = 4408  # come back with the cursor
    TOO_MANY_SOCKETS = 4429  # one person has too many: come back later
