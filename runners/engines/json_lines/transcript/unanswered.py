from collections.abc import Iterable, Sequence

from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    BlockEvent,
    Event,
    SessionStarted,
    Status,
    ToolEvent,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
    UnknownEvent,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus

SPEECH = (
    BlockEvent,
    ToolEvent,
    TurnStart,
    TurnEnd,
    TurnDiscarded,
    AgentSpawn,
    UnknownEvent,
)


class Unanswered:
    """The messages that no run of a program has answered: a fold of its log.

    A run that succeeds has answered the messages it began with, and each later message
    after which the program wrote anything. A run that fails has answered none. A run
    that a person interrupts has answered none if the program wrote nothing; otherwise
    the messages it began with are settled and later ones remain. A cancel drops them
    all.
    """

    def __init__(self) -> None:
        self._begun_with: list[str] = []
        self._later: list[str] = []
        # later messages after which the program has written nothing
        self._unheard: list[str] = []
        # the messages the last run began with, unless it succeeded
        self._stopped: list[str] = []
        self._is_running = False
        self._has_spoken = False

    @classmethod
    def of(cls, log: Iterable[Event]) -> "Unanswered":
        found = cls()
        for event in log:
            found.add(event)
        return found

    @property
    def messages(self) -> Sequence[str]:
        return [*self._begun_with, *self._later]

    @property
    def last(self) -> Sequence[str]:
        """The messages a run begins with; if none are new, those of a stopped run."""
        return self.messages or self._stopped

    def add(self, event: Event) -> None:
        match event:
            case UserMessage(text=text) if not self._is_running:
                self._begun_with.append(text)
            # A program may write user messages itself; those have no command_id.
            case UserMessage(text=text, command_id=command) if command:
                self._later.append(text)
                self._unheard.append(text)
            case Status(status=SessionStatus.RUNNING):
                self._is_running = True
            case SessionStarted():  # the previous run was killed if it has no end
                self._begin(self.messages)
            case AgentComplete(status=outcome):
                left = self._left_by(outcome)
                self._stopped = [] if outcome == "success" else self._begun_with
                self._begin(left)
            case _ if isinstance(event, SPEECH):
                self._has_spoken = True
                self._unheard = []

    def _left_by(self, outcome: str) -> Sequence[str]:
        match outcome:
            case "success":
                return self._unheard
            case "cancelled":
                return []
            case "interrupted" if self._has_spoken:
                return self._later
        return self.messages

    def _begin(self, left: Sequence[str]) -> None:
        """Begin the next run with these messages."""
        self._begun_with, self._later, self._unheard = [*left], [], []
        self._is_running = self._has_spoken = False
