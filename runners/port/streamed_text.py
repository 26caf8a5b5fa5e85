from collections.abc import Callable

from sessions_app.protocol.encoding.surrogates import REPLACEMENT, ends_in_half, mend
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import Pace

Clock = Callable[[], float]  # monotonic, in seconds
PACE_MS = 100


class StreamedText:
    """Text that grows piece by piece; records each piece's offset and the pace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parts: list[str] = []
        self._held = ""  # a high surrogate, waiting for its other half
        self._units = 0
        self._pace: Pace = []
        self._paced_units = 0
        self._paced_at = clock()

    def add(self, piece: str) -> tuple[int, str] | None:
        """Return the offset (in UTF-16 units) and the text to show, or None.

        A high surrogate at the end is held back until its other half arrives.
        """
        piece = self._held + piece
        self._held = piece[-1:] if ends_in_half(piece) else ""
        piece = mend(piece.removesuffix(self._held))
        if not piece:
            return None
        offset = self._units
        self._parts.append(piece)
        self._units += utf16_len(piece)
        if (self._clock() - self._paced_at) * 1000 >= PACE_MS:
            self._mark()
        return offset, piece

    @property
    def text(self) -> str:
        """The whole text; an incomplete surrogate pair at its end is U+FFFD."""
        return "".join(self._parts) + (REPLACEMENT if self._held else "")

    def pace(self) -> Pace:
        """End the text and return its pace: (UTF-16 units, milliseconds) pairs."""
        if self._held:
            self._units, self._held = self._units + 1, ""
            self._parts.append(REPLACEMENT)
        if self._units > self._paced_units:
            self._mark()
        return self._pace

    def _mark(self) -> None:
        now = self._clock()
        ms = round((now - self._paced_at) * 1000)
        self._pace.append((self._units - self._paced_units, ms))
        self._paced_units, self._paced_at = self._units, now
