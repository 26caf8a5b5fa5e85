import os
from enum import StrEnum
from typing import TextIO


class Style(StrEnum):
    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


class StyledOutput:
    """Writes styled text to a terminal; unstyled to other files or with NO_COLOR."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_colored = out.isatty() and not os.environ.get("NO_COLOR")

    def write(self, text: str, style: Style = Style.PLAIN) -> None:
        if self._is_colored and style and text:
            text = f"\x1b[{style}m{text}\x1b[0m"
        self._out.write(text)

    def flush(self) -> None:
        self._out.flush()
