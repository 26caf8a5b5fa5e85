import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from django.conf import settings

from runners.engines.program.diagnostics import StderrTail
from runners.sandbox.process_group import start_process_group

READ_BYTES = 64 * 1024
STEP_S = 0.02


class Program:
    """A running program that writes protocol lines, in its own process group."""

    is_live = True

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        output: asyncio.StreamReader,
        input_: asyncio.WriteTransport,
    ) -> None:
        self._process = process
        self._output = output
        self._input = input_
        self._is_waited_for = False  # a read of its output is waiting
        self._exit_by = 0.0  # loop time at which the next signal is sent

    @property
    def pid(self) -> int:
        """The program's pid, which is its process group's id."""
        return self._process.pid

    @property
    def takes_input(self) -> bool:
        waiting = self._input.get_write_buffer_size()
        is_full = waiting > settings.EXEC_STDIN_MAX_BYTES
        return not self._input.is_closing() and not is_full

    async def read(self) -> bytes:
        self._is_waited_for = True
        try:
            return await self._output.read(READ_BYTES)
        finally:
            self._is_waited_for = False

    def send(self, line: str) -> None:
        if self.takes_input:
            self._input.write(f"{line}\n".encode())

    async def finish(self, wait_s: float) -> list[str]:
        """Close stdin and wait `wait_s` seconds; then send SIGTERM, and last SIGKILL.

        Returns the names of the signals that were sent.
        """
        self._input.close()
        self.wait_longer(wait_s)
        signals: list[str] = []
        for number in (signal.SIGTERM, signal.SIGKILL):
            if await self._exits():
                break
            self._signal(number)
            signals.append(number.name)
            self.wait_longer(settings.EXEC_TERM_S)
        await self._process.wait()
        return signals

    def wait_longer(self, wait_s: float) -> None:
        """Let the program run at least `wait_s` from now before the next signal."""
        now = asyncio.get_running_loop().time()
        self._exit_by = max(self._exit_by, now + wait_s)

    async def end(self) -> int:
        return await self._process.wait()

    async def reap(self) -> None:
        """Wait for the program's exit, then kill what is left of its process group."""
        await self._process.wait()
        await self._drain(settings.EXEC_DRAIN_S)
        self._signal(signal.SIGKILL)
        # A process that left the group may hold the pipe open for ever. Read what is in
        # the pipe: it is empty once a read of it waits.
        while not await self._drain(settings.EXEC_DRAIN_S) and not self._is_waited_for:
            continue
        self._output.feed_eof()

    async def _drain(self, within_s: float) -> bool:
        """Wait up to `within_s` for the end of the output; returns whether it came."""
        for _ in range(round(within_s / STEP_S)):
            if self._output.at_eof():
                return True
            await asyncio.sleep(STEP_S)
        return self._output.at_eof()

    async def _exits(self) -> bool:
        """Wait for the exit until `_exit_by`, which may move; returns if it exited."""
        loop = asyncio.get_running_loop()
        while (left_s := self._exit_by - loop.time()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._process.wait()
            except TimeoutError:
                continue
            return True
        return self._process.returncode is not None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # The watchdog process keeps the group id from being reused while it lives.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


@asynccontextmanager
async def program(
    argv: Sequence[str],
    workdir: str,
    env: Mapping[str, str],
    diagnostics: StderrTail,
) -> AsyncIterator[Program]:
    """Run a program; on exit every process of its group has ended."""
    async with AsyncExitStack() as stack:
        output, their_output = await _reader(stack)
        errors, their_errors = await _reader(stack)
        input_, their_input = await _writer(stack)
        try:
            process = await start_process_group(
                stack,
                argv,
                workdir=workdir,
                env=env,
                stdin=their_input,
                stdout=their_output,
                stderr=their_errors,
            )
        finally:
            for theirs in (their_output, their_errors, their_input):
                os.close(theirs)
        running = Program(process, output, input_)
        reading = asyncio.create_task(diagnostics.read(errors))
        reaping = asyncio.create_task(running.reap())
        try:
            yield running
        finally:
            running.kill()
            await asyncio.wait([reaping])
            await asyncio.wait([reading], timeout=settings.EXEC_DRAIN_S)
            reading.cancel()
            await diagnostics.save()


async def _reader(stack: AsyncExitStack) -> tuple[asyncio.StreamReader, int]:
    """Make a pipe for reading; returns our end, with flow control, and the other fd."""
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader(limit=READ_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb")
    )
    stack.callback(transport.close)
    return reader, theirs


async def _writer(stack: AsyncExitStack) -> tuple[asyncio.WriteTransport, int]:
    theirs, ours = os.pipe()
    transport, _ = await asyncio.get_running_loop().connect_write_pipe(
        asyncio.BaseProtocol, os.fdopen(ours, "wb")
    )
    stack.callback(_abort, transport)
    return transport, theirs


def _abort(transport: asyncio.WriteTransport) -> None:
    if not transport.is_closing():
        transport.abort()
