import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from runners.engines.json_lines.source import OpenLineSource
from runners.engines.program.diagnostics import StderrTail
from runners.port.engine import SessionBrief

READ_BYTES = 64 * 1024


class Recording:
    """Recorded lines from a file, or from a pipe as they arrive."""

    is_live = False
    takes_input = False

    def __init__(self, reader: asyncio.StreamReader | None, file: BinaryIO) -> None:
        self._reader = reader
        self._file = file
        self._is_over = False

    async def read(self) -> bytes:
        if self._is_over:
            return b""
        if self._reader:
            return await self._reader.read(READ_BYTES)
        return await asyncio.to_thread(self._file.read, READ_BYTES)

    def send(self, line: str) -> None:
        """Ignored: a recording takes no input."""

    def wait_longer(self, wait_s: float) -> None:
        """Ignored: a recording has no process to wait for."""

    async def finish(self, wait_s: float) -> list[str]:
        """Stop reading. `wait_s` is ignored: there is no process to wait for."""
        self._is_over = True
        if self._reader and not self._reader.at_eof():
            self._reader.feed_eof()
        return []

    async def end(self) -> int:
        return 0


def open_recording(file: BinaryIO) -> OpenLineSource:
    """Make the source that reads a session's lines from a file, pipe or terminal."""

    @asynccontextmanager
    async def open_(
        brief: SessionBrief, diagnostics: StderrTail
    ) -> AsyncIterator[Recording]:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield Recording(None, file)
            await diagnostics.save()
            return
        reader = asyncio.StreamReader(limit=READ_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), file
        )
        try:
            yield Recording(reader, file)
        finally:
            transport.close()
        await diagnostics.save()

    return open_
