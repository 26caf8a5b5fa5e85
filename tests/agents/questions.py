from tests.runners.sessions import Fields, Sessions
from tests.servers.process import PATIENCE_S, until


class Questions:
    """What a session asks people, one question after the other."""

    def __init__(
        self, sessions: Sessions, session_id: str, within: float = PATIENCE_S
    ) -> None:
        self._sessions = sessions
        self._session_id = session_id
        self._within = within
        self._seen = 0

    def next(self) -> Fields:
        """Wait for the next question."""
        asked = until(self._new, self._within)[0]
        self._seen += 1
        return asked

    def count(self) -> int:
        return len(self._all())

    def _new(self) -> list[Fields]:
        return self._all()[self._seen :]

    def _all(self) -> list[Fields]:
        return self._sessions.events(self._session_id, "approval_request")
