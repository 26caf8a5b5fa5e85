from sessions_app.protocol.events import Outcome


class RunEnded(Exception):
    """A run ends here, and this is why."""

    def __init__(self, status: Outcome, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
