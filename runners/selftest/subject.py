import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from tempfile import TemporaryFile

from sessions_app.models import AgentSession

STOP_S = 20.0  # from SIGTERM to SIGKILL
LAST_WORDS_MAX = 2000  # bytes of a dead runner's stderr that are shown


class RunnerDied(Exception):
    """A runner of the selftest ended unasked; the message says how."""


class Subject:
    """A simulated session and the separate runner process that runs it."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.kills = 0
        self._runner: Process | None = None
        self._errors = TemporaryFile()  # noqa: SIM115 stderr of its runners, until `end`

    async def start(self, prompt: str = "") -> None:
        """Run the session, from its beginning or from where it was interrupted."""
        self._errors.truncate(0)
        self._runner = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            # The runner ends when this process does, for whatever reason.
            "sessions_app.operations.parent_death_guard",
            "runagent",
            "--session",
            self.session_id,
            *([prompt] if prompt else []),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=self._errors,
        )

    def check(self) -> None:
        """Raise RunnerDied if the runner has ended without completing its session."""
        code = self._runner.returncode if self._runner is not None else None
        if code:
            raise RunnerDied(
                f"The selftest's runner of {self.session_id} {_how(code)} before its "
                f"session was complete. {self._last_words()}"
            )

    async def kill(self) -> None:
        """Send SIGKILL, to simulate a machine that loses power."""
        if self._runner is None or self._runner.returncode is not None:
            return
        with suppress(ProcessLookupError):  # ended since
            self._runner.kill()
        await self._runner.wait()
        self.kills += 1

    async def wait(self) -> None:
        """Wait until the session is complete. Raises RunnerDied."""
        if self._runner is not None:
            await self._runner.wait()
            self.check()

    async def end(self) -> None:
        """Stop the runner, if it runs; to be called once, at the end."""
        if self._runner is not None and self._runner.returncode is None:
            with suppress(ProcessLookupError):
                self._runner.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._runner.wait()
            except TimeoutError:
                await self.kill()
        self._errors.close()

    def _last_words(self) -> str:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - LAST_WORDS_MAX))
        text = self._errors.read().decode(errors="replace").strip()
        return f"It said last:\n{text}" if text else "It said nothing."


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended by itself with exit code {code}"


def read_heads(session_ids: list[str]) -> dict[str, int]:
    rows = AgentSession.objects.filter(id__in=session_ids)
    return dict(rows.values_list("id", "head_seq"))


def read_statuses(session_ids: list[str]) -> dict[str, str]:
    rows = AgentSession.objects.filter(id__in=session_ids)
    return dict(rows.values_list("id", "status"))
