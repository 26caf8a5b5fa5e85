from enum import IntEnum


class StopReason(IntEnum):
    """Why a session is told to stop; a greater reason outranks a smaller one."""

    INTERRUPT = 1  # a person wants to say something else
    CANCEL = 2  # a person wants the session to end
    SHUTDOWN = 3  # the runner stops
    LOSS = 4  # another runner has the session


class StopRequest:
    """The strongest reason for which a session has been told to stop.

    The reason only rises, until `clear` resets it.
    """

    def __init__(self) -> None:
        self._reason: StopReason | None = None

    @property
    def reason(self) -> StopReason | None:
        return self._reason

    def rise(self, reason: StopReason) -> StopReason:
        """Add a reason; returns the stronger of it and the earlier one."""
        self._reason = max(reason, self._reason or reason)
        return self._reason

    def clear(self) -> None:
        self._reason = None
