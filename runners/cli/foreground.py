import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper

from django.contrib.auth.models import User

from runners.cli.follow_up import FollowUp
from runners.cli.local_tail import LocalTail, decode_lines
from runners.cli.questions import Questions
from runners.cli.resume import continue_session
from runners.cli.signals import stop_signals
from runners.cli.terminal.terminal import Terminal
from runners.port.engine import Engine
from runners.port.errors import RunFailed
from runners.port.stop_reason import StopReason
from runners.process.runner import Runner
from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.address import session_address

INTERRUPTED_CODE = 130
EXIT_CODES = {SessionStatus.COMPLETED: 0, SessionStatus.FAILED: 1}


class Foreground:
    """Runs one session and shows its events as they happen.

    `as_lines`: the stored events go to stdout, one per line, and messages for people go
    to stderr.
    """

    def __init__(
        self,
        session: AgentSession,
        owner: User | None,
        *,
        as_lines: bool,
        engines: Mapping[str, Engine],
    ) -> None:
        self._session = session
        self._owner = owner
        self._as_lines = as_lines
        self._engines = engines
        if as_lines and isinstance(sys.stdout, TextIOWrapper):
            # JSON is UTF-8 whatever the locale
            sys.stdout.reconfigure(encoding="utf-8")
        out = sys.stderr if as_lines else sys.stdout
        self._terminal = Terminal(out, session.id)
        self._asks = sys.stdin.isatty() and out.isatty()
        self._questions: Questions | None = None
        self._loop: asyncio.AbstractEventLoop

    async def run(self) -> int:
        """Run to the end and return the exit code."""
        self._loop = asyncio.get_running_loop()
        gone = asyncio.Event()
        local_tail = LocalTail(self._show, gone.set)
        local_tail.watch(self._session.id)
        async with (
            local_tail,
            Runner(local_tail.offer, local_tail.has_room, self._engines) as runner,
        ):
            stop = self._loop.create_task(_stop_when(gone, runner))
            status = await self._round(runner)
            while self._asks and not runner.is_stopping and await self._go_on(runner):
                status = await self._round(runner)
            stop.cancel()
        return self._conclude(status)

    async def _round(self, runner: Runner) -> SessionStatus:
        """Run the session until it rests; returns its status."""
        run = runner.start(self._session)
        with (
            stop_signals(lambda: run.stop(StopReason.INTERRUPT), runner.stop),
            self._asking(runner),
        ):
            await runner.finish()
        if not run.has_lost_lease:
            return run.status
        # The log belongs to another runner now: take the exit code from its row.
        row = await runner.reader.read(AgentSession.objects.get, id=run.session_id)
        return SessionStatus(row.status)

    async def _go_on(self, runner: Runner) -> bool:
        """Ask for a follow-up; returns whether the session continues."""
        while message := await FollowUp(self._terminal.note).ask():
            try:
                self._session = await runner.reader.read_once(
                    continue_session, self._session.id, message, self._owner
                )
            except RunFailed as error:
                self._terminal.note(str(error))
                continue
            return True
        return False

    @contextmanager
    def _asking(self, runner: Runner) -> Iterator[None]:
        if not self._asks:
            yield
            return
        questions = Questions(
            runner.reader, self._session.id, self._owner, self._terminal.note
        )
        questions.start()
        self._questions = questions
        try:
            yield
        finally:
            self._questions = None
            questions.stop()

    def _show(self, lines: Sequence[str]) -> None:
        """Show events; called on the local tail's thread."""
        if self._as_lines:
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()
        events = decode_lines(lines)
        self._terminal.show(events)
        if self._questions:
            self._loop.call_soon_threadsafe(self._questions.update, events)

    def _conclude(self, status: SessionStatus) -> int:
        """Print how the session ended and how to continue it; returns the exit code."""
        id_ = self._session.id
        if status.is_active:
            self._terminal.note(f"{id_}: another runner has it now")
            return EXIT_CODES[SessionStatus.FAILED]
        self._terminal.note(
            f"{id_} is {status}. Page: {session_address(id_)}  "
            f"Go on: ringside runagent --session {id_} "
            + ('"…"' if status is SessionStatus.COMPLETED else '["…"]')
        )
        return EXIT_CODES.get(status, INTERRUPTED_CODE)


async def _stop_when(gone: asyncio.Event, runner: Runner) -> None:
    """Stop the session when the reader of stdout has gone away."""
    await gone.wait()
    # Otherwise Python's final flush would fail, and its exit code would hide ours.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    runner.stop()
