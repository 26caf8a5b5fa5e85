import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from weakref import WeakValueDictionary

from django.conf import settings
from django.contrib.auth.models import User
from watchfiles import awatch

from runners.follow.finder import TranscriptFinder
from runners.follow.followed_family import FollowedFamily
from runners.follow.found import Family, FoundTranscript, families
from runners.follow.rows import rested
from runners.session.context import RunnerContext
from sessions_app.agents.places import AgentPlaces

logger = logging.getLogger(__name__)
Key = tuple[str, str]  # the agent, and its name for the main session
CHANGED, BACKLOG = 0, 1  # priorities: changed transcripts are read before old ones
UNREADABLE_S = 2.0  # until an unreadable transcript is tried again


class Follower:
    """Imports the transcripts of one person's agents as sessions, and follows them.

    The newest family of transcripts is read first; a changed transcript is read before
    the waiting ones.
    """

    def __init__(
        self, context: RunnerContext, owner: User, places: AgentPlaces
    ) -> None:
        self._context = context
        self._owner = owner
        self._places = places
        self._finder = TranscriptFinder(places)
        self._followed: dict[Key, FollowedFamily] = {}
        self._stamps: dict[Key, object] = {}
        self._rested: dict[Key, str] = {}
        self._queue: asyncio.PriorityQueue[tuple[int, int, Key]] = (
            asyncio.PriorityQueue()
        )
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._queued: set[Key] = set()
        self._busy: set[Key] = set()
        self._count = 0
        self._stopping = asyncio.Event()
        self.found: Counter[str] = Counter()  # by agent, at the first search
        self.has_caught_up = asyncio.Event()  # with the first search

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Follow until stopped."""
        self._rested = await self._context.reader.read(rested, self._owner)
        await self._search()
        self.found.update(f.family.top.kind.label for f in self._followed.values())
        tasks = [
            asyncio.create_task(work)
            for work in (
                *(self._work() for _ in range(settings.FOLLOW_CONCURRENCY)),
                self._watch(),
                self._note_caught_up(),
            )
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait(
                [stopping, *tasks[:-1]], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopping.cancel()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            for followed in self._followed.values():
                await followed.leave()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _note_caught_up(self) -> None:
        await self._queue.join()
        self.has_caught_up.set()

    async def _work(self) -> None:
        while True:
            *_, key = await self._queue.get()
            self._queued.discard(key)
            try:
                if key in self._busy:
                    self._later(key, settings.FOLLOW_CHANGE_MS / 1000)
                    continue
                self._busy.add(key)
                try:
                    again = await self._look_at(self._followed[key])
                finally:
                    self._busy.discard(key)
                if again is not None:
                    self._later(key, again)
            finally:
                self._queue.task_done()

    async def _look_at(self, followed: FollowedFamily) -> float | None:
        """Log a family's new entries; an error affects that family only."""
        look = asyncio.create_task(self._look_in_turn(followed))
        try:
            return await asyncio.shield(look)
        except asyncio.CancelledError:
            followed.hurry()
            await asyncio.wait([look], timeout=settings.STOP_MAX_S)
            raise
        except OSError as error:
            logger.warning("event=unreadable error=%r", str(error))
            return UNREADABLE_S
        except Exception:
            agent, name = followed.family.key
            logger.exception("event=follow_failed agent=%s name=%s", agent, name)
            followed.drop()
            return None

    async def _look_in_turn(self, followed: FollowedFamily) -> float | None:
        """Look at a family while no other with the same history is read."""
        group = followed.family.group
        turn = self._turns.setdefault(group, asyncio.Lock())
        async with turn:
            return await followed.look()

    async def _watch(self) -> None:
        """Examine changed paths, and search everything at intervals."""
        while True:
            there = self._places.there
            if not there:
                await asyncio.sleep(settings.FOLLOW_SCAN_INTERVAL_S)
                await self._search()
                continue
            async for changes in awatch(
                *there,
                watch_filter=None,
                step=settings.FOLLOW_CHANGE_MS,
                debounce=4 * settings.FOLLOW_CHANGE_MS,
                rust_timeout=round(settings.FOLLOW_SCAN_INTERVAL_S * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                if not changes or not await self._look(Path(p) for _, p in changes):
                    await self._search()
                if self._places.there != there:
                    break

    async def _search(self) -> None:
        found = await asyncio.to_thread(self._finder.find)
        for family in families(found):
            self._take(family, BACKLOG)
        names = {one.name for one in found}
        for key, followed in self._followed.items():
            if followed.lack(names):
                self._put(key, CHANGED)

    async def _look(self, paths: Iterable[Path]) -> bool:
        """Examine changed paths; False if a new transcript calls for a full search."""
        opencode = self._places.opencode
        one_each = {opencode if p.is_relative_to(opencode) else p for p in paths}
        for path in one_each:
            found = await asyncio.to_thread(self._finder.look, path)
            if not all(self._update(one) for one in found):
                return False
            if not found and path.suffix in {".jsonl", ".db"}:
                return False  # a new, still empty transcript, or a deleted one
        return True

    def _update(self, found: FoundTranscript) -> bool:
        followed = self._followed.get((found.agent, found.root or found.name))
        if followed is None or not followed.family.replace(found):
            return False
        self._take(followed.family, CHANGED)
        return True

    def _take(self, family: Family, priority: int) -> None:
        if self._stamps.get(family.key) == family.stamps:
            return
        self._stamps[family.key] = family.stamps
        followed = self._followed.get(family.key)
        if followed is None:
            agent = family.key[0]
            names = (one.name for one in (family.top, *family.below))
            whole = {
                n: self._rested[agent, n] for n in names if (agent, n) in self._rested
            }
            self._followed[family.key] = FollowedFamily(
                self._context, self._owner, family, whole
            )
        else:
            followed.update(family)
            priority = CHANGED
        self._put(family.key, priority)

    def _put(self, key: Key, priority: int) -> None:
        if key not in self._queued:
            self._queued.add(key)
            self._count += 1
            self._queue.put_nowait((priority, self._count, key))

    def _later(self, key: Key, delay_s: float) -> None:
        asyncio.get_running_loop().call_later(delay_s, self._put, key, CHANGED)
