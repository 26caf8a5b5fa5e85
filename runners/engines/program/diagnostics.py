import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

SAVE_INTERVAL_S = 1.0
READ_BYTES = 64 * 1024
# Kept in front of the stored part, so that a secret that straddles its beginning is
# recognized.
MARGIN_BYTES = 16 * 1024


class StderrTail:
    """The last `max_bytes` of a program's stderr, masked, and its total size.

    `save` stores both, while the program runs and at its end.
    """

    def __init__(
        self,
        max_bytes: int,
        save: Callable[[str, int], Awaitable[None]],
        mask: Callable[[str], str],
    ) -> None:
        self._max_bytes = max_bytes
        self._save = save
        self._mask = mask
        self._pieces: deque[bytes] = deque()
        self._kept = 0
        self._total = 0
        self._saved = 0

    @property
    def last_line(self) -> str:
        """The last line that the program wrote."""
        lines = self._text().splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def add(self, data: bytes) -> None:
        self._total += len(data)
        most = self._max_bytes + MARGIN_BYTES
        data = data[-most:]
        self._pieces.append(data)
        self._kept += len(data)
        while self._kept - len(self._pieces[0]) >= most:
            self._kept -= len(self._pieces.popleft())

    async def read(self, errors: asyncio.StreamReader) -> None:
        """Read stderr to its end, and save it every SAVE_INTERVAL_S."""
        saving = asyncio.create_task(self._keep_saving())
        try:
            while data := await errors.read(READ_BYTES):
                self.add(data)
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
        known = self._mask(b"".join(self._pieces).decode(errors="replace"))
        kept = known.encode()[-self._max_bytes :].decode(errors="replace")
        # PostgreSQL does not accept NUL in text.
        return kept.replace("\0", "\N{REPLACEMENT CHARACTER}")
