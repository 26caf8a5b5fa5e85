import asyncio
import shutil
import sys
from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox import landlock as confined
from runners.sandbox.process import CommandProcess, process
from runners.tools.context import ToolContext, ToolOutput
from runners.tools.output.live import LiveOutput
from runners.tools.output.spool import Spool
from runners.tools.tool import Tool

DRAIN_S = 1.0  # for what a killed command had written; one that escaped may write on


class Bash(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Run a shell command in the working directory. There is no input and no terminal.

    Answers what it wrote, standard error included. Processes it leaves in the
    background end with it.
    """

    effect: ClassVar = Effect.EXECUTE

    command: Annotated[str, Meta(min_length=1)]
    timeout_ms: (
        Annotated[int, Meta(ge=1, description="Stop the command after this long")]
        | None
    ) = None

    async def run(self, job: ToolContext) -> ToolOutput:
        with Spool(job.limits.full_bytes) as spool:
            live = LiveOutput(job, spool)
            code = await self._execute(live, job)
            return self._output(live, code, job)

    async def _execute(self, live: LiveOutput, job: ToolContext) -> int | None:
        """Answer the exit code, None where it took too long."""
        shell = shutil.which("bash") or "/bin/sh"
        argv = [*self._confinement(job), shell, "-c", self.command]
        async with process(argv, job.workdir.root) as running:
            await job.host.note_process(running.pid)
            reading = asyncio.create_task(live.read(running.output))
            reading.add_done_callback(lambda ended: _check(ended, running))
            try:
                code = await self._wait(running, job)
                running.kill()
                await asyncio.wait([reading], timeout=DRAIN_S)
            finally:
                reading.cancel()
                await asyncio.wait([reading])
        await job.host.forget_process(running.pid)
        if not reading.cancelled():
            reading.result()
        return code

    def _confinement(self, job: ToolContext) -> list[str]:
        """What the command is started by: the wrapper, or a program of our own."""
        if not job.wrapper:
            return [sys.executable, "-I", "-S", confined.__file__]
        workdir = str(job.workdir.root)
        return [word.replace("{workdir}", workdir) for word in job.wrapper]

    async def _wait(self, running: CommandProcess, job: ToolContext) -> int | None:
        try:
            async with asyncio.timeout(self._timeout_s(job)):
                return await running.wait()
        except TimeoutError:
            return None

    def _timeout_s(self, job: ToolContext) -> float:
        if self.timeout_ms is None:
            return job.limits.command_s
        return min(self.timeout_ms / 1000, job.limits.longest_command_s)

    def _output(
        self, live: LiveOutput, code: int | None, job: ToolContext
    ) -> ToolOutput:
        kept = live.kept
        lines = [kept.text.rstrip("\n")] if kept.text.strip() else []
        if code is None:
            lines.append(f"[stopped: not done after {self._timeout_s(job):g} s]")
        elif code < 0:
            lines.append(f"[ended by signal {-code}]")
        elif code > 0:
            lines.append(f"[exit code {code}]")
        text = "\n".join(lines) or "(no output)"
        is_error = code != 0
        return ToolOutput(text, is_error, truncated=kept.truncated, full=live.full)


def _check(reading: "asyncio.Task[None]", running: CommandProcess) -> None:
    if not reading.cancelled() and reading.exception():
        running.kill()  # nobody reads it any more, so it might never end
