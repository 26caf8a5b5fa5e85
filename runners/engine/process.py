import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from runners.engine.environment import scrubbed

# The guard shares the command's process group and waits for the end of a pipe whose
# other end only this process holds: when we die, however we die, the whole group does.
# (PR_SET_PDEATHSIG would end the leader alone, and needs code between fork and exec.)
# After `exec` the command does not know of the guard: its `wait` does not wait for it.
_GUARDED = """\
exec 3<&0 </dev/null
{ read -r _ <&3; kill -9 0; } >/dev/null 2>&1 &
exec 3<&-
exec "$@"
"""
DESCRIPTOR_MIN = 10  # the guard's shell uses those below


class Process:
    """A running command in its own process group, and its merged output."""

    def __init__(
        self, output: asyncio.StreamReader, process: asyncio.subprocess.Process
    ) -> None:
        self.output = output
        self._process = process
        self._killed = False

    @property
    def pid(self) -> int:
        """Its pid, and its process group's."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait for the command itself; answers its exit code, -N for signal N."""
        return await self._process.wait()

    def kill(self) -> None:
        """End the command and all it has started."""
        # Once: the group's number is ours as long as its guard lives, not longer.
        if not self._killed:
            self._killed = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


@asynccontextmanager
async def process(
    argv: Sequence[str], workdir: Path, pass_fds: Sequence[int] = ()
) -> AsyncIterator[Process]:
    """Run a command; on the way out nothing of it is left running.

    `pass_fds` are descriptors that it has too, each DESCRIPTOR_MIN or more.
    """
    async with AsyncExitStack() as stack:
        output_end, command_output = os.pipe()
        with os.fdopen(command_output, "wb") as command_output_file:
            reader = await _reader(output_end, stack)
            guard_end, our_end = os.pipe()
            stack.callback(os.close, our_end)
            with os.fdopen(guard_end, "rb") as guard_file:
                running = await asyncio.create_subprocess_exec(
                    "/bin/sh",
                    "-c",
                    _GUARDED,
                    "sh",
                    *argv,
                    stdin=guard_file,
                    stdout=command_output_file,
                    stderr=subprocess.STDOUT,
                    cwd=workdir,
                    env=scrubbed(os.environ),
                    start_new_session=True,
                    pass_fds=pass_fds,
                )
        started = Process(reader, running)
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
