import asyncio
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox.environment import scrubbed
from runners.sandbox.git_environment import with_safe_git
from runners.sandbox.process_group import DESCRIPTOR_MIN
from runners.sandbox.supervised import SupervisedCommand, supervised
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.output.live import LiveOutput
from runners.tools.output.spool import Spool
from runners.tools.tool import Tool

DRAIN_S = 1.0  # to read the remaining output, once all processes have ended
WORD_MAX_BYTES = 100_000  # limit for a command passed as one argument; Linux: 128 KiB
# Reads the command from a descriptor and closes it. Like a here-document, this has no
# length limit.
_FROM_DESCRIPTOR = 'eval "exec {0}<&-\n$(cat <&{0})"'


class Bash(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Run a shell command in the working directory. There is no input and no terminal.

    Returns what the command wrote, standard error included. Processes that it leaves in
    the background end with it, and no editor opens.
    """

    effect: ClassVar = Effect.EXECUTE

    command: Annotated[str, Meta(min_length=1)]
    timeout_ms: (
        Annotated[int, Meta(ge=1, description="Stop the command after this long")]
        | None
    ) = None

    async def run(self, job: ToolContext) -> ToolOutput:
        if "\0" in self.command:
            raise ToolError("A command cannot hold a NUL character")
        with Spool(job.limits.full_bytes) as spool:
            live = LiveOutput(job, spool)
            code = await self._execute(live, job)
            return self._output(live, code, job)

    async def _execute(self, live: LiveOutput, job: ToolContext) -> int | None:
        """Run the command; returns its exit code, or None after a time-out."""
        with self._shell() as (shell, pass_fds):
            starting = supervised(
                [*self._wrapper(job), *shell],
                job.workdir.root,
                with_safe_git(scrubbed(os.environ, job.environment)),
                is_confined=not job.wrapper,
                pass_fds=pass_fds,
            )
            async with starting as running:
                await job.host.note_process(running.pid)
                reading = asyncio.create_task(live.read(running.output))
                reading.add_done_callback(lambda ended: _check(ended, running))
                try:
                    code = await self._wait(running, job)
                    await running.end()
                    await asyncio.wait([reading], timeout=DRAIN_S)
                finally:
                    reading.cancel()
                    await asyncio.wait([reading])
        await job.host.forget_process(running.pid)
        if not reading.cancelled():
            reading.result()
        return code

    @contextmanager
    def _shell(self) -> Iterator[tuple[list[str], tuple[int, ...]]]:
        """Yield the shell's argv and the descriptors that it inherits."""
        shell = shutil.which("bash") or "/bin/sh"
        script = self.command.encode()
        if len(script) <= WORD_MAX_BYTES:
            yield [shell, "-c", self.command], ()
            return
        with TemporaryFile() as file:
            file.write(script)
            file.seek(0)
            number = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, DESCRIPTOR_MIN)
            try:
                yield [shell, "-c", _FROM_DESCRIPTOR.format(number)], (number,)
            finally:
                os.close(number)

    def _wrapper(self, job: ToolContext) -> list[str]:
        workdir = str(job.workdir.root)
        return [word.replace("{workdir}", workdir) for word in job.wrapper]

    async def _wait(self, running: SupervisedCommand, job: ToolContext) -> int | None:
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


def _check(reading: "asyncio.Task[None]", running: SupervisedCommand) -> None:
    if not reading.cancelled() and reading.exception():
        running.terminate()  # its output is no longer read, so it might block for ever
