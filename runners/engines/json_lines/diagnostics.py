import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

SAVE_INTERVAL_S = 1.0
LAST_BYTES = 500
READ_BYTES = 64 * 1024


class StderrTail:
    """The last of what a program says on the side: `max_bytes`, and how much it was.

    `save` stores the text and the count, while it grows and at the end.
    """

    def __init__(
        self, max_bytes: int, save: Callable[[str, int], Awaitable[None]]
    ) -> None:
        self._max_bytes = max_bytes
        self._save = save
        self._pieces: deque[bytes] = deque()
        self._kept = 0
        self._total = 0
        self._saved = 0
        self._last = b""

    @property
    def last_line(self) -> str:
        """What it said last by itself."""
        lines = self._last.decode(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def add(self, data: bytes) -> None:
        data = data[-self._max_bytes :]
        self._pieces.append(data)
        self._total += len(data)
        self._kept += len(data)
        while self._kept - len(self._pieces[0]) >= self._max_bytes:
            self._kept -= len(self._pieces.popleft())

    async def read(self, errors: asyncio.StreamReader) -> None:
        """Take all that comes, and save it every SAVE_INTERVAL_S."""
        saving = asyncio.create_task(self._keep_saving())
        try:
            while data := await errors.read(READ_BYTES):
                self.add(data)
                self._last = (self._last + data)[-LAST_BYTES:]
        finally:
            saving.cancel()

    async def save(self) -> None:
        if self._saved != self._total:
            self._saved = self._total
            await self._save(self._text(), self._total)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(SAVE_INTERVAL_S)
            await self.save()

    def _text(self) -> str:
        kept = b"".join(self._pieces)[-self._max_bytes :]
        # No database holds a NUL in a text.
        return kept.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
