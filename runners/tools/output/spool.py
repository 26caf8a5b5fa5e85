import codecs
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

UTF8_MAX_BYTES = 4  # of one character
MEMORY_MAX_BYTES = 256 * 1024  # more goes to disk: many commands may run at once


class Spool:
    """Keeps the first `max_bytes` of a text of any length."""

    def __init__(self, max_bytes: int) -> None:
        self.total_bytes = 0
        self._room = max_bytes
        self._file = SpooledTemporaryFile(max_size=MEMORY_MAX_BYTES)  # noqa: SIM115 __exit__ closes it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, text: str) -> None:
        data = text.encode(errors="replace")
        self.total_bytes += len(data)
        if self._room:
            kept = data[: self._room]
            self._file.write(kept)
            self._room -= len(kept)

    def read(self) -> bytes:
        """Return the kept bytes as UTF-8, cut at a character boundary."""
        self._file.seek(0)
        data = self._file.read()
        decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        decoder.decode(data[-UTF8_MAX_BYTES:])
        begun, _ = decoder.getstate()
        return data[: len(data) - len(begun)]
