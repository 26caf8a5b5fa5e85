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
    """The messages of people that no run of a program has answered: a fold of its log.

    A run that succeeds has answered what it began with, and each later message after
    which it said anything. One that fails has answered nothing. One that a person
    stops has answered nothing if it never spoke; otherwise the person has stopped what
    it began with, and later messages stay. A cancel drops them all.
    """

    def __init__(self) -> None:
        self._begun_with: list[str] = []
        self._later: list[str] = []
        self._unheard: list[str] = []  # of the later ones: the program spoke before
        self._stopped: list[str] = []  # what the last run began with, if it was stopped
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
        """What a run begins with if nobody says anything new, so that it has work."""
        return self.messages or self._stopped

    def add(self, event: Event) -> None:
        match event:
            case UserMessage(text=text) if not self._is_running:
                self._begun_with.append(text)
            # A program may itself write what somebody said: that has no command.
            case UserMessage(text=text, command_id=command) if command:
                self._later.append(text)
                self._unheard.append(text)
            case Status(status=SessionStatus.RUNNING):
                self._is_running = True
            case SessionStarted():  # a run without an end was killed
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
