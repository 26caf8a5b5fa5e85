import sys
from collections.abc import Sequence

from django.urls import reverse

from runners.command_line.plain_text import one_line
from runners.command_line.stop_signals import stop_signals
from runners.command_line.tap import Tap, decode_lines
from runners.halt import Halt
from runners.runner import Runner
from runners.source import OpenSource
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Error
from sessions_app.protocol.status import SessionStatus

SHOWN_CHARS = 400  # of one complaint
INTERRUPTED_CODE = 130


class Ingestion:
    """Takes recorded lines into a session, and says on stderr what was wrong."""

    def __init__(self, session: AgentSession, outside: OpenSource) -> None:
        self._session = session
        self._outside = outside
        self._events = 0
        self._bad = 0

    async def run(self) -> int:
        """Read to the end and return the exit code: 1 where a line was bad."""
        tap = Tap(self._show, lambda: None)
        tap.watch(self._session.id)
        async with tap, Runner(tap.offer, tap.has_room, self._outside) as runner:
            run = runner.start(self._session)
            with stop_signals(lambda: run.stop(Halt.INTERRUPT), runner.stop):
                await runner.finish()
        id_ = self._session.id
        sys.stdout.write(
            f"{id_} is {run.status}: {self._events} events. "
            f"Page: {reverse('session_detail', args=[id_])}\n"
        )
        if run.status not in {SessionStatus.COMPLETED, SessionStatus.FAILED}:
            return INTERRUPTED_CODE
        return 1 if self._bad else 0

    def _show(self, lines: Sequence[str]) -> None:
        self._events += len(lines)
        for event in decode_lines(lines):
            if isinstance(event, Error) and event.code in {"bad_line", "internal"}:
                self._bad += 1
                sys.stderr.write(f"{one_line(event.message, SHOWN_CHARS)}\n")
