from dataclasses import replace

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.plan import RunPlan
from sessions_app.delivery.ag_ui.position import Position
from sessions_app.delivery.ag_ui.translator import AgUiTranslator
from sessions_app.delivery.event_stream.event_id import Place
from sessions_app.protocol.events import Event
from sessions_app.protocol.status import SessionStatus

FAILED = "The session failed."
GONE = "The session's runner is gone: send a message to go on."


class RunWriter:
    """Writes an AG-UI stream: what the translator returns, and where runs begin.

    Every message has an `id` from which the stream goes on. Of an event that makes
    several messages, those before the last have the place before the event, and how
    many of its messages were sent.
    """

    def __init__(
        self, plan: RunPlan, translator: AgUiTranslator, start: Position
    ) -> None:
        self._plan = plan
        self._translator = translator
        self._own = start.own
        self._children = dict(start.children)
        self._began = start.began
        self._skip = start.skip
        self.first = start.skip_of  # the session whose event comes first
        self.is_ending = bool(start.skip and not start.skip_of)

    @property
    def is_at_rest(self) -> bool:
        return self._translator.is_at_rest

    @property
    def is_due(self) -> bool:
        """The run ends with what has been logged so far."""
        return self.is_at_rest or bool(self._translator.state.questions)

    def place(self, session_id: str, place: Place) -> None:
        """Note where in a session's log the stream is."""
        if session_id == self._plan.session_id:
            self._own = place
        else:
            self._children[session_id] = place

    def begin(self) -> bytes:
        """Begin the run, unless the client has its beginning already."""
        if self._began is not None:
            return b""
        self._began = 0
        return message(self._started(), self.position())

    def event(self, event: Event) -> bytes:
        """Write the next event of a log."""
        before = self.position()
        found: list[wire.AgUiEvent] = []
        is_own = event.session_id == self._plan.session_id
        if is_own and self.is_at_rest:  # a log of several runs is read
            found += self._end()
            self._began = event.seq
            found.append(self._started())
        found += self._translator.translate(event)
        old = self._own if is_own else self._children[event.session_id]
        self.place(event.session_id, replace(old, seq=event.seq))
        self.first = ""
        return self._written(found, replace(before, skip_of=event.session_id))

    def end(self) -> bytes:
        """End the run."""
        before = self.position()
        return self._written(self._end(), replace(before, skip_of=""))

    def fail(self, text: str, code: str) -> bytes:
        """End the run for a reason that is not in the log."""
        return message(wire.RunError(message=text, code=code), None)

    def left_out(self, session_id: str) -> bytes:
        value = wire.encoded_json({"session": session_id})
        return message(wire.Custom(name="ringside.left_out", value=value), None)

    def position(self) -> Position:
        marks = self._translator.state.marks()
        return Position(self._own, dict(self._children), self._began, marks)

    def _written(self, found: list[wire.AgUiEvent], before: Position) -> bytes:
        skip, self._skip = self._skip, 0
        last = len(found) - 1
        places = [replace(before, skip=nth + 1) for nth in range(last)]
        places.append(self.position())
        pairs = zip(found, places, strict=False)
        return b"".join([message(one, at) for one, at in pairs][skip:])

    def _started(self) -> wire.AgUiEvent:
        return wire.RunStarted(
            thread_id=self._plan.thread_id,
            run_id=self._run_id(),
            protocol_version=wire.PROTOCOL,
        )

    def _end(self) -> list[wire.AgUiEvent]:
        run_id = self._run_id()
        last = self._last(run_id)
        found = self._translator.end()
        self._translator.state.end()
        self._began = None
        found.append(wire.StateSnapshot(snapshot={"ringside": self._state()}))
        return [*found, last]

    def _last(self, run_id: str) -> wire.AgUiEvent:
        rest = self._translator.state.rest
        status = rest.status if rest else SessionStatus.WAITING
        interrupts = self._translator.interrupts()
        is_stopped = status in {SessionStatus.IDLE, SessionStatus.CANCELLED}
        if interrupts and status in {SessionStatus.WAITING, SessionStatus.INTERRUPTED}:
            outcome = wire.Outcome(type="interrupt", interrupts=interrupts)
        elif status is SessionStatus.FAILED:
            return wire.RunError(message=(rest and rest.detail) or FAILED, code=status)
        elif status is SessionStatus.INTERRUPTED:
            return wire.RunError(message=GONE, code=status)
        else:
            outcome = wire.Outcome(type="cancelled" if is_stopped else "success")
        return wire.RunFinished(
            thread_id=self._plan.thread_id, run_id=run_id, outcome=outcome
        )

    def _state(self) -> dict[str, str]:
        """The state that clients send back: from where the thread's next run reads."""
        return {
            "session": self._plan.session_id,
            "cursor": self.position().text(),
        }

    def _run_id(self) -> str:
        """Name the run; later ones of the same stream by where they began."""
        return (
            f"{self._plan.run_id}.{self._began}" if self._began else self._plan.run_id
        )


def message(event: wire.AgUiEvent, at: Position | None) -> bytes:
    """Write one message of the event stream."""
    id_ = b"" if at is None else b"id: %s\n" % at.text().encode()
    return b"%sdata: %s\n\n" % (id_, event.encoded())
