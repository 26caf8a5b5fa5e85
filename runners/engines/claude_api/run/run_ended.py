from sessions_app.protocol.events import Outcome


class RunEnded(Exception):
    """Ends the run with this status, error code and message."""

    def __init__(self, status: Outcome, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
