from enum import StrEnum


class SessionStatus(StrEnum):
    """Where a session is in its life; only a lease holder or a takeover changes it."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for an approval
    IDLE = "idle"  # stopped by a person; wants the next message
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its runner is gone
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        """A runner holds, or should hold, the session's lease."""
        return self in {SessionStatus.RUNNING, SessionStatus.WAITING}

    @property
    def is_over(self) -> bool:
        """Nothing was cut short if its runner is gone now."""
        return not self.is_active and self is not SessionStatus.QUEUED
