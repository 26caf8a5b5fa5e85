import sys
from collections.abc import Mapping, Sequence

from runners.cli.local_tail import LocalTail, decode_lines
from runners.cli.signals import stop_signals
from runners.cli.terminal.plain_text import one_line
from runners.port.engine import Engine
from runners.port.stop_reason import StopReason
from runners.process.runner import Runner
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Error
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.address import session_address

SHOWN_CHARS = 400  # of one error message
INTERRUPTED_CODE = 130


class Ingestion:
    """Reads recorded lines into a session and reports errors on stderr."""

    def __init__(self, session: AgentSession, engines: Mapping[str, Engine]) -> None:
        self._session = session
        self._engines = engines
        self._events = 0
        self._bad = 0

    async def run(self) -> int:
        """Read to the end; returns the exit code, 1 if a line was bad."""
        local_tail = LocalTail(self._show, lambda: None)
        local_tail.watch(self._session.id)
        async with (
            local_tail,
            Runner(local_tail.offer, local_tail.has_room, self._engines) as runner,
        ):
            run = runner.start(self._session)
            with stop_signals(lambda: run.stop(StopReason.INTERRUPT), runner.stop):
                await runner.finish()
        id_ = self._session.id
        sys.stdout.write(
            f"{id_} is {run.status}: {self._events} events. "
            f"Page: {session_address(id_)}\n"
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
