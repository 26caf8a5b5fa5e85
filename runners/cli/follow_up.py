import asyncio
import os
import sys
from collections.abc import Callable

from runners.cli.signals import stop_signals

HOW = "> what next? (empty line or Ctrl-D: leave)"


class FollowUp:
    """Asks on the terminal for the next prompt when the agent has finished."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._typed = b""

    async def ask(self) -> str:
        """Return the typed line; "" for an empty one, Ctrl-D and Ctrl-C."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()

        def end(text: str = "") -> None:
            if not line.done():
                line.set_result(text)

        def read() -> None:
            data = os.read(sys.stdin.fileno(), 4096)
            self._typed += data
            if not data or b"\n" in data:
                text = self._typed.partition(b"\n")[0]
                end(text.decode(errors="replace").strip())

        self._note(HOW)
        loop.add_reader(sys.stdin.fileno(), read)
        try:
            with stop_signals(end, end):
                return await line
        finally:
            loop.remove_reader(sys.stdin.fileno())
