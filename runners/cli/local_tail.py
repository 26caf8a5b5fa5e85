import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import msgspec
from django.conf import settings

from sessions_app.log.batch import Batch
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import AgentSpawn, Event

_raw_events = msgspec.json.Decoder(list[msgspec.Raw])


class LocalTail:
    """Passes the committed events of one session's tree to a local reader.

    `show` runs on a separate thread, so that a slow reader holds up the sessions
    (through `has_room`), never the event loop. When the reader has gone away, `on_gone`
    is called and nothing more is shown.
    """

    def __init__(
        self, show: Callable[[Sequence[str]], None], on_gone: Callable[[], None]
    ) -> None:
        self._show = show
        self._on_gone = on_gone
        self._tree: set[str] = set()
        self._waiting: list[str] = []
        self._chars = 0
        self._work = asyncio.Event()
        self._shown = asyncio.Event()
        self._is_closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tap")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="tap")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show the remaining events."""
        self._is_closing = True
        self._work.set()
        if self._task:
            await self._task
        self._thread.shutdown()

    def watch(self, session_id: str) -> None:
        """Show this session and all sub-agents spawned below it."""
        self._tree.add(session_id)

    def offer(self, batch: Batch) -> None:
        if batch.session_id not in self._tree or not batch.body:
            return
        lines = [bytes(raw).decode() for raw in _raw_events.decode(f"[{batch.body}]")]
        self._tree.update(_children(lines))
        self._waiting += lines
        self._chars += len(batch.body)
        self._work.set()

    async def has_room(self) -> None:
        while self._chars > settings.TAP_MAX_CHARS:
            await self._shown.wait()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or not self._is_closing:
            await self._work.wait()
            self._work.clear()
            lines, self._waiting, self._chars = self._waiting, [], 0
            try:
                await loop.run_in_executor(self._thread, self._show, lines)
            except OSError:  # a closed pipe or terminal
                self._tree.clear()
                self._on_gone()
            self._shown.set()
            self._shown = asyncio.Event()


def decode_lines(lines: Sequence[str]) -> list[Event]:
    return [decode_event(line) for line in lines]


def _children(lines: Sequence[str]) -> list[str]:
    mark = f'{{"type":"{AgentSpawn.wire_type()}"'
    spawns = decode_lines([line for line in lines if line.startswith(mark)])
    return [event.child_id for event in spawns if isinstance(event, AgentSpawn)]
