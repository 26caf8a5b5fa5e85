import asyncio
import codecs

from runners.tools.context import FullOutput, ToolContext
from runners.tools.output.spool import Spool
from runners.tools.output.truncate import HeadTail

CHUNK_BYTES = 65_536
NOTE_CHARS = 200  # for the words about what is left out and how it ended


class LiveOutput:
    """Reads a command's output: keeps its ends, and shows it while it comes.

    What comes fast is shown in larger pieces, at most one in each interval, up to a
    limit; nothing waits longer than an interval. All of it goes to the spool.
    """

    def __init__(self, job: ToolContext, spool: Spool) -> None:
        self.kept = HeadTail(max(job.limits.output_chars - NOTE_CHARS, 0))
        self._spool = spool
        self._job = job
        self._waiting = ""
        self._due = float("-inf")  # when the next piece may be shown, loop time

    async def read(self, output: asyncio.StreamReader) -> None:
        """Read to the end."""
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
        """All of it, where `kept` has only the ends."""
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
