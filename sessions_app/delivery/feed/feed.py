import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError

from sessions_app.delivery.feed.frame_cache import FrameCache
from sessions_app.delivery.feed.head_update import HeadUpdate, read_head_update
from sessions_app.delivery.feed.pressure import Pressure
from sessions_app.delivery.feed.recent import Recent
from sessions_app.delivery.feed.tail import Tail, open_tail
from sessions_app.delivery.feed.throttle import hold
from sessions_app.log.batch import Batch
from sessions_app.log.database.reader import Reader
from sessions_app.log.database.repeated_warning import RepeatedWarning
from sessions_app.log.head import Head
from sessions_app.log.layer import LAYER_RETRY_S, Layer, group_of, layer_away, to_batch
from sessions_app.log.metrics import (
    DELIVERY_SECONDS,
    EVENTS_DELIVERED,
    THROTTLES,
)
from sessions_app.log.page import Page, read_page

logger = logging.getLogger(__name__)


class Subscriber(Protocol):
    """A viewer of a session, as the feed calls it. No method may block."""

    def advance(self) -> None:
        """Look at the window: it may hold new batches."""

    def lose(self) -> None:
        """Handle the session's deletion."""

    def reset(self, recent: Recent) -> None:
        """Begin again with a new window: the log was replaced by another one."""


@dataclass(eq=False, slots=True)
class Watch:
    """One session with viewers in this process."""

    session_id: str
    epoch: str
    recent: Recent
    committed: int = 0  # highest seq known to be committed
    batches: int = 0  # batches since `Pressure.weigh` was last called
    waiting: int = 0  # batches that wait for the next fan-out
    fresh: int = 0  # events in the waiting batches
    oldest_ts: int = 0  # the first waiting batch's ts, ms since 1970; 0: none
    is_healing: bool = False
    subscribers: set[Subscriber] = field(default_factory=set)


class Feed:
    """Delivers each watched session's batches to all of its viewers in this process.

    The layer carries them at once, with one group per session. The feed also checks
    the log's heads, since a layer may lose messages and a lost last batch leaves no
    visible gap; without a shared layer these checks are the only source. Gaps are
    filled from the log here, once for all viewers.
    """

    def __init__(self) -> None:
        self.reader = Reader(settings.FEED_DB_THREADS)
        self._layer = Layer()
        self._layer_is_open = False
        self._watches: dict[str, Watch] = {}
        self._frames = FrameCache()
        self._watched = asyncio.Event()
        self._pages: dict[tuple[str, int], asyncio.Task[Page]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []  # the tasks that run for ever
        self._news: dict[Watch, None] = {}
        self._fan_out_at = 0.0
        self._source = secrets.token_hex(8)  # names this feed in its Throttle rows
        self._pressure = Pressure()
        self._look_failures = RepeatedWarning(logger, "look_failed")
        self._hold_failures = RepeatedWarning(logger, "hold_failed")

    def watch(self, head: Head, subscriber: Subscriber) -> Recent:
        """Add a subscriber to a session and return the session's window.

        The session's first subscriber makes the feed join the layer's group in the
        background; the log is checked meanwhile.
        """
        self._start()
        watch = self._watches.get(head.session_id)
        if watch is None:
            recent = Recent(head.seq, self._frames)
            watch = Watch(head.session_id, head.epoch, recent)
            self._watches[head.session_id] = watch
            self._watched.set()
            if self._layer_is_open:
                self._spawn(self._join(head.session_id))
        watch.subscribers.add(subscriber)
        return watch.recent

    def unwatch(self, session_id: str, subscriber: Subscriber) -> None:
        watch = self._watches.get(session_id)
        if watch is None:
            return
        watch.subscribers.discard(subscriber)
        if not watch.subscribers:
            del self._watches[session_id]
            if self._layer_is_open:
                self._spawn(self._leave(session_id))
        if not self._watches:
            self._watched.clear()
            self._frames.clear()

    @property
    def is_alive(self) -> bool:
        """True unless one of the feed's endless tasks has ended."""
        return not any(loop.done() for loop in self._loops)

    @property
    def pressing(self) -> int:
        """How many sessions this feed slows down."""
        return len(self._pressure.pressing)

    def viewers(self) -> dict[str, int]:
        """Return the number of viewers by session id."""
        return {id_: len(watch.subscribers) for id_, watch in self._watches.items()}

    async def page(self, session_id: str, after: int) -> Page:
        """Read a page of the log; concurrent requests for one page share the query."""
        key = session_id, after
        task = self._pages.get(key)
        if task is None:
            task = asyncio.create_task(self.reader.read(read_page, session_id, after))
            self._pages[key] = task
            task.add_done_callback(lambda done: self._forget_page(key, done))
        # Shielded: a viewer that leaves must not cancel the query for the others.
        return await asyncio.shield(task)

    def _forget_page(self, key: tuple[str, int], task: "asyncio.Task[Page]") -> None:
        if self._pages.get(key) is task:
            del self._pages[key]

    async def close(self) -> None:
        tasks = [*self._tasks, *self._pages.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._layer.close()
        await self.reader.close()

    def _start(self) -> None:
        """Start the endless tasks, with the first viewer.

        The feed cannot start with the server: not every ASGI server sends a startup
        event.
        """
        if self._loops:
            return
        tail = open_tail(self._layer)
        self._loops = [self._spawn(self._follow(tail)), self._spawn(self._weigh())]
        if self._layer.is_shared:
            self._loops.append(self._spawn(self._listen(tail)))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- batches from the layer -----------------------------------------------

    async def _listen(self, tail: Tail) -> None:
        def on_message(message: dict[str, Any]) -> None:
            self._receive(to_batch(message))
            tail.relax()

        await self._layer.stay(self._join_all, on_message)

    async def _join_all(self) -> None:
        self._layer_is_open = True
        for session_id in list(self._watches):
            await self._layer.join(group_of(session_id))

    async def _join(self, session_id: str) -> None:
        while session_id in self._watches:
            try:
                return await self._layer.join(group_of(session_id))
            except layer_away():
                await asyncio.sleep(LAYER_RETRY_S)

    async def _leave(self, session_id: str) -> None:
        try:
            await self._layer.leave(group_of(session_id))
        except layer_away():
            return
        if session_id in self._watches:  # a viewer came back in the meantime
            await self._join(session_id)

    def _receive(self, batch: Batch) -> None:
        watch = self._watches.get(batch.session_id)
        if watch is None:
            return
        watch.committed = max(watch.committed, batch.up_to)
        if watch.recent.add(batch, self._share()):
            self._deliver(watch, batch)
        elif not watch.is_healing:
            self._spawn(self._heal(watch))

    def _share(self) -> int:
        """Return how many characters each window may hold."""
        share = settings.RECENT_TOTAL_MAX_CHARS // max(1, len(self._watches))
        return max(settings.RECENT_MIN_CHARS, min(settings.RECENT_MAX_CHARS, share))

    # --- checks of the log ----------------------------------------------------

    async def _follow(self, tail: Tail) -> None:
        """Check the log for ever, for events that the layer did not bring or lost."""
        try:
            while True:
                await self._watched.wait()
                await tail.grown()
                # Reading before the next fan-out is allowed would deliver no sooner.
                ahead = self._fan_out_at - asyncio.get_running_loop().time()
                if ahead > 0:
                    await asyncio.sleep(ahead)
                try:
                    await self._look()
                except DatabaseError as error:  # a restore may leave half a schema
                    self._look_failures.note(error)
                    await asyncio.sleep(settings.HEAD_CHECK_INTERVAL_S)
        finally:
            tail.close()

    async def _look(self) -> None:
        windows = {id_: watch.recent.head for id_, watch in self._watches.items()}
        found = await self.reader.read(read_head_update, windows)
        holes = [
            watch
            for news in found
            if (watch := self._compare(news, windows[news.head.session_id]))
        ]
        if holes:
            await asyncio.gather(*(self._heal(watch) for watch in holes))
        for session_id in windows.keys() - {news.head.session_id for news in found}:
            self._lose(session_id)

    def _compare(self, news: HeadUpdate, window: int) -> Watch | None:
        """Compare the log's head with `window`, the window's head before the read.

        Returns the watch if its window still has a gap.
        """
        head = news.head
        watch = self._watches.get(head.session_id)
        if watch is None:
            return None
        # The window holds only committed events, so a shorter log is another log.
        if head.epoch != watch.epoch or head.seq < window:
            self._reset(watch, head)
        elif head.seq > watch.recent.head and not watch.is_healing:
            watch.committed = max(watch.committed, head.seq)
            if news.page and watch.recent.add(news.page.batch, self._share()):
                self._deliver(watch, news.page.batch)
            return watch if watch.recent.head < watch.committed else None
        return None

    async def _heal(self, watch: Watch) -> None:
        """Read the log into the window until the window reaches `committed`."""
        watch.is_healing = True
        recent = watch.recent
        try:
            while recent.head < watch.committed and recent is watch.recent:
                page = await self.page(watch.session_id, recent.head)
                if not page.batch.count:
                    break  # `committed` is beyond the log: the next check finds out why
                recent.add(page.batch, self._share())
                self._deliver(watch, page.batch)
        finally:
            watch.is_healing = False

    def _lose(self, session_id: str) -> None:
        watch = self._watches.get(session_id)
        for subscriber in list(watch.subscribers) if watch else ():
            subscriber.lose()

    def _reset(self, watch: Watch, head: Head) -> None:
        logger.warning("event=log_replaced session=%s", watch.session_id)
        watch.recent, watch.epoch = Recent(head.seq, self._frames), head.epoch
        watch.committed = head.seq
        self._pages = {k: v for k, v in self._pages.items() if k[0] != head.session_id}
        for subscriber in list(watch.subscribers):
            subscriber.reset(watch.recent)

    # --- fan-out --------------------------------------------------------------

    def _deliver(self, watch: Watch, batch: Batch) -> None:
        """Schedule a fan-out of the batch to the session's viewers, now or soon.

        After a fan-out comes a pause of the same length (at most FAN_OUT_MAX_PAUSE_S),
        so under load fan-outs take half of the time. The more a fan-out has delivered,
        the longer the next one gathers batches: frames cost the machine far more than
        events, on both sides of the socket.
        """
        if not self._news:
            loop = asyncio.get_running_loop()
            loop.call_at(max(self._fan_out_at, loop.time()), self._fan_out)
        self._news[watch] = None
        watch.batches += 1
        watch.waiting += 1
        watch.fresh += batch.count
        watch.oldest_ts = watch.oldest_ts or batch.ts or 0
        EVENTS_DELIVERED.inc(batch.count)

    def _fan_out(self) -> None:
        now = asyncio.get_running_loop().time
        started = now()
        news, self._news = self._news, {}
        delivered = 0
        for watch in news:
            delivered += watch.fresh * len(watch.subscribers)
            watch.waiting = watch.fresh = 0
            for subscriber in list(watch.subscribers):
                subscriber.advance()
            if watch.oldest_ts:
                late_ms = time.time_ns() // 1_000_000 - watch.oldest_ts
                DELIVERY_SECONDS.observe(max(0, late_ms) / 1000)
                watch.oldest_ts = 0
        ended = now()
        rest = min(ended - started, settings.FAN_OUT_MAX_PAUSE_S)
        gather = delivered * settings.FAN_OUT_GATHER_S
        gather = min(gather, settings.FAN_OUT_GATHER_MAX_S)
        self._fan_out_at = ended + max(rest, gather)

    async def _weigh(self) -> None:
        """Throttle sessions under pressure, and drop old batches, for ever."""
        loop = asyncio.get_running_loop()
        renew_at = forget_at = 0.0
        while True:
            await self._watched.wait()
            if loop.time() >= forget_at:
                forget_at = loop.time() + settings.RECENT_MAX_AGE_S / 2
                self._frames.clear()
                for watch in self._watches.values():
                    watch.recent.forget()
            due = loop.time() + settings.PRESSURE_INTERVAL_S
            await asyncio.sleep(settings.PRESSURE_INTERVAL_S)
            before = self._pressure.pressing
            self._pressure.weigh(*self._load(), lag=loop.time() - due)
            pressing = self._pressure.pressing
            THROTTLES.inc(len(pressing - before))
            if pressing != before or (pressing and loop.time() >= renew_at):
                logger.warning("event=pressure sessions=%d", len(pressing))
                renew_at = loop.time() + settings.THROTTLE_TTL_S / 2
                try:
                    await self.reader.read(hold, self._source, pressing)
                except DatabaseError as error:  # a session was deleted just then
                    self._hold_failures.note(error)

    def _load(self) -> tuple[dict[str, int], int]:
        batches = {id_: watch.batches for id_, watch in self._watches.items()}
        waiting = max((watch.waiting for watch in self._watches.values()), default=0)
        for watch in self._watches.values():
            watch.batches = 0
        return batches, waiting
