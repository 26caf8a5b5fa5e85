import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from sessions_app.models import AgentSession

STOP_S = 20.0  # from SIGTERM to SIGKILL


class Subject:
    """A simulated session and the separate runner process that runs it."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.kills = 0
        self._runner: Process | None = None

    async def start(self, prompt: str = "") -> None:
        """Run the session, from its beginning or from where it was interrupted."""
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
            stderr=DEVNULL,
        )

    async def kill(self) -> None:
        """Send SIGKILL, to simulate a machine that loses power."""
        if self._runner is not None:
            self._runner.kill()
            await self._runner.wait()
            self.kills += 1

    async def wait(self) -> int:
        """Wait for the runner's exit; returns its exit code."""
        return await self._runner.wait() if self._runner is not None else 0

    async def end(self) -> None:
        if self._runner is None or self._runner.returncode is not None:
            return
        self._runner.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._runner.wait()
        except TimeoutError:
            await self.kill()


def read_heads(session_ids: list[str]) -> dict[str, int]:
    rows = AgentSession.objects.filter(id__in=session_ids)
    return dict(rows.values_list("id", "head_seq"))


def read_statuses(session_ids: list[str]) -> dict[str, str]:
    rows = AgentSession.objects.filter(id__in=session_ids)
    return dict(rows.values_list("id", "status"))
