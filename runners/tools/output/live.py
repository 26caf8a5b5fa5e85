import asyncio
import codecs

from runners.tools.context import FullOutput, ToolContext
from runners.tools.output.spool import Spool
from runners.tools.output.truncate import HeadTail

CHUNK_BYTES = 65_536
NOTE_CHARS = 200  # reserved for notes about omitted text and the exit


class LiveOutput:
    """Reads a command's output: keeps head and tail, and streams it meanwhile.

    Fast output is streamed in larger pieces, at most one per interval and up to a
    limit; no output waits longer than an interval. The spool gets all of it.
    """

    def __init__(self, job: ToolContext, spool: Spool) -> None:
        self.kept = HeadTail(max(job.limits.output_chars - NOTE_CHARS, 0))
        self._spool = spool
        self._job = job
        self._waiting = ""
        self._due = float("-inf")  # loop time from which the next piece may be streamed

    async def read(self, output: asyncio.StreamReader) -> None:
        """Read the output to its end."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                async with asyncio.timeout_at(self._due if self._waiting else None):
                    data = await output.read(CHUNK_BYTES)
            except TimeoutError:
                await self._show()
                continue
            await self._add(decoder.decode(data, final=not data))
            if not data:
                break
        await self._show()

    @property
    def full(self) -> FullOutput | None:
        """The full output, if `kept` holds only its head and tail."""
        if not self.kept.truncated:
            return None
        return FullOutput(self._spool.read(), self._spool.total_bytes)

    async def _add(self, text: str) -> None:
        self.kept.add(text)
        self._spool.add(text)
        self._waiting += text[: max(self._job.live_room - len(self._waiting), 0)]
        if asyncio.get_running_loop().time() >= self._due:
            await self._show()

    async def _show(self) -> None:
        text, self._waiting = self._waiting, ""
        if text:
            await self._job.show(text)
            now = asyncio.get_running_loop().time()
            self._due = now + self._job.limits.live_interval_s
