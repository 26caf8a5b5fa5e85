import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from runners.sandbox.process_tree import belongings, signal_all
from runners.sandbox.supervisor import (
    BARE,
    CONFINED,
    IN_FRONT,
    IS_LINUX,
    KILL_S,
    TERM_S,
)

_ROOT = str(Path(__file__).parents[2])  # parent directory of the `runners` package
_MAIN = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from runners.sandbox.supervisor import main; main(sys.argv[1:])"
)
_SLACK_S = 5.0  # allowance for the supervisor's own exit, on a busy machine


def in_front(argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` below a supervisor, with its own standard input.

    All that `argv` has started ends with it, and with the process group of the returned
    command. Without /proc and subreapers (not Linux) `argv` runs by itself.
    """
    if not IS_LINUX:
        return [*argv]
    return [sys.executable, "-I", "-S", "-c", _MAIN, _ROOT, IN_FRONT, *argv]


class SupervisedCommand:
    """A running command under its supervisor, and its merged output."""

    def __init__(
        self, output: asyncio.StreamReader, process: asyncio.subprocess.Process
    ) -> None:
        self.output = output
        self._process = process
        self._is_over = False  # all has ended, so the pid may be reused

    @property
    def pid(self) -> int:
        """The supervisor's pid; it leads the session of the command's processes."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait until all processes have ended.

        Returns the command's exit code, or -N for signal N.
        """
        return await self._process.wait()

    async def end(self) -> None:
        """End the command and all its processes; returns when they are gone."""
        if self._is_over:
            return
        self.terminate()
        try:
            async with asyncio.timeout(TERM_S + KILL_S + _SLACK_S):
                code = await self.wait()
        except TimeoutError:
            code = -signal.SIGKILL
        # the command was killed, or the supervisor before it finished
        if code == -signal.SIGKILL:
            await self._kill_rest()
        self._is_over = True

    async def _kill_rest(self) -> None:
        deadline = time.monotonic() + KILL_S
        while (left := belongings(self.pid)) and time.monotonic() < deadline:
            signal_all(left)
            await asyncio.sleep(0.01)
        await self.wait()

    def terminate(self) -> None:
        """Tell the supervisor to end the command, without waiting."""
        with suppress(ProcessLookupError):
            self._process.terminate()


@asynccontextmanager
async def supervised(
    argv: Sequence[str],
    workdir: Path,
    env: Mapping[str, str],
    *,
    is_confined: bool,
    pass_fds: Sequence[int] = (),
) -> AsyncIterator[SupervisedCommand]:
    """Run a command; on exit no process that it started is left running.

    `is_confined` puts the command into a Landlock domain if the kernel supports it.
    `pass_fds` are further descriptors that the command inherits.
    """
    command_input, watched = os.pipe()
    output_end, command_output = os.pipe()
    reader, transport = await _reader(output_end)
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-c", _MAIN, _ROOT),
                CONFINED if is_confined else BARE,
                *argv,
                stdin=command_input,
                stdout=command_output,
                stderr=subprocess.STDOUT,
                cwd=workdir,
                env=env,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        finally:
            os.close(command_input)
            os.close(command_output)
        command = SupervisedCommand(reader, process)
        try:
            yield command
        finally:
            await asyncio.shield(command.end())
    finally:
        os.close(watched)
        transport.close()


async def _reader(
    descriptor: int,
) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    return reader, transport
