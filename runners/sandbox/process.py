import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from runners.sandbox.environment import scrubbed
from runners.sandbox.git_environment import with_safe_git
from runners.sandbox.process_group import start_process_group


class CommandProcess:
    """A running command in its own process group, and its merged output."""

    def __init__(
        self, output: asyncio.StreamReader, process: asyncio.subprocess.Process
    ) -> None:
        self.output = output
        self._process = process
        self._killed = False

    @property
    def pid(self) -> int:
        """The command's pid, which is also its process group id."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait for the command itself; returns its exit code, or -N for signal N."""
        return await self._process.wait()

    def kill(self) -> None:
        """Kill the command's whole process group."""
        # Only once: the group id is reserved while the watchdog lives, no longer.
        if not self._killed:
            self._killed = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


@asynccontextmanager
async def process(
    argv: Sequence[str], workdir: Path, pass_fds: Sequence[int] = ()
) -> AsyncIterator[CommandProcess]:
    """Run a command; on exit every process of its group has ended.

    `pass_fds` are descriptors that the command inherits, each at least DESCRIPTOR_MIN.
    """
    async with AsyncExitStack() as stack:
        output_end, command_output = os.pipe()
        with os.fdopen(command_output, "wb") as command_output_file:
            reader = await _reader(output_end, stack)
            running = await start_process_group(
                stack,
                argv,
                workdir=workdir,
                env=with_safe_git(scrubbed(os.environ)),
                stdout=command_output_file.fileno(),
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
            )
        started = CommandProcess(reader, running)
        try:
            yield started
        finally:
            started.kill()
            await asyncio.shield(running.wait())


async def _reader(descriptor: int, stack: AsyncExitStack) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    stack.callback(transport.close)
    return reader
