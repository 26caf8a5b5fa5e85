import time
from typing import TextIO

from markdown_it import MarkdownIt
from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown
from rich.text import Text

REFRESH_S = 0.05
MARGIN_LINES = 4  # screen lines kept free below unfinished text
_blocks = MarkdownIt("commonmark")


class TerminalMarkdown:
    """Renders Markdown on a terminal while it is being written.

    Complete blocks are printed for good; the last one, which may still change, is
    redrawn as it grows. The input must not contain control characters.
    """

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, highlight=False)
        self._live: Live | None = None
        self._text = ""
        self._has_printed = False
        self._drawn_at = 0.0

    def write(self, piece: str) -> None:
        self._text += piece
        if "\n" in piece:
            whole, self._text = split(self._text)
            self._print(whole)
        if time.monotonic() - self._drawn_at >= REFRESH_S:
            self.draw()

    def draw(self) -> None:
        """Redraw the unfinished block."""
        self._drawn_at = time.monotonic()
        if not self._text.strip():
            return
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(self._unfinished(), refresh=True)

    def end(self) -> None:
        """Print the rest of the text."""
        text, self._text = self._text, ""
        self._print(text)
        self._has_printed = False

    def _print(self, text: str) -> None:
        if not text.strip():
            return
        if self._live:
            self._live.stop()
            self._live = None
        if self._has_printed:
            self._console.print()
        self._console.print(markdown(text))
        self._has_printed = True

    def _unfinished(self) -> Markdown | Text:
        lines = self._text.splitlines()
        room = max(self._console.height - MARGIN_LINES, 1)
        # Show the end of a long block: lines that scrolled away cannot be redrawn.
        if sum(1 + len(line) // self._console.width for line in lines) > room:
            return Text("\n".join(lines[-room // 2 :]), overflow="ellipsis")
        return markdown(self._text)


def markdown(text: str) -> Markdown:
    # Show the target of a link, because its text may say anything.
    return Markdown(text, hyperlinks=False)


def split(text: str) -> tuple[str, str]:
    """Split a text before its last block, which may still grow."""
    starts = [
        token.map[0]
        for token in _blocks.parse(text)
        if token.level == 0 and token.map and token.nesting >= 0
    ]
    if len(starts) < 2:
        return "", text
    lines = text.splitlines(keepends=True)
    return "".join(lines[: starts[-1]]), "".join(lines[starts[-1] :])
