import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from runners.journal.journal import CANNOT_WRITE, Journal
from runners.records.records import SessionRecords
from runners.review.changes import find_changes
from runners.review.patch_store import PatchStore
from runners.review.place import ReviewPlace
from runners.worktrees.git import GitFailed
from sessions_app.protocol.events import Event
from sessions_app.protocol.review_events import WorkdirChanges

logger = logging.getLogger(__name__)


class ChangesWatch:
    """Logs what a session has changed in its repository, after each turn.

    The work is done beside the session: one comparison at a time, with pauses.
    """

    def __init__(
        self,
        place: ReviewPlace,
        journal: Journal,
        records: SessionRecords,
        log: Sequence[Event],
    ) -> None:
        self._place = place
        self._journal = journal
        self._records = records
        self._store = PatchStore(records.keep)
        self._last = next(
            (e for e in reversed(log) if isinstance(e, WorkdirChanges)), None
        )
        self._is_stale = False
        self._task: asyncio.Task[None] | None = None
        self._hurried = asyncio.Event()  # set while somebody waits for the log
        self._rested = asyncio.Event()  # set while no comparison is wanted or runs

    async def begin(self) -> None:
        """Look at the directory as the session finds it, before its agent begins.

        Waits for that at most REVIEW_BASE_WAIT_S, and not at all where the log or the
        worktree says what the base is.
        """
        self.stale()
        if self._last is None and not self._place.commit:
            await self.settled(settings.REVIEW_BASE_WAIT_S)

    def stale(self) -> None:
        """Compare again, as soon as the pause after the last comparison is over."""
        self._is_stale = True
        self._rested.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._compare_on())

    async def settled(self, most_s: float) -> None:
        """Wait until the last change is in the log, at most `most_s` seconds."""
        self._hurried.set()
        try:
            async with asyncio.timeout(most_s):
                await self._rested.wait()
        except TimeoutError:
            return

    async def once(self) -> None:
        """Compare now, and log what is found."""
        try:
            await self._compare()
        except GitFailed as error:
            _warn(self._place, error)

    async def close(self) -> None:
        """Stop; a git command that runs ends by itself, and is not heard."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _compare_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._is_stale:
            self._is_stale = False
            began = loop.time()
            try:
                await self._compare()
            except GitFailed as error:
                _warn(self._place, error)
            except CANNOT_WRITE:
                break  # the run's next append fails too and ends the run
            took_s = loop.time() - began
            if not self._is_stale:
                self._rested.set()
            await self._rest(took_s * settings.REVIEW_REST_RATIO)
        self._rested.set()

    async def _rest(self, pause_s: float) -> None:
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._hurried.wait()

    async def _compare(self) -> None:
        found = await asyncio.to_thread(find_changes, self._place, self._last)
        if found is None:
            return
        whole = await self._store.list(found.whole)
        turn = await self._store.list(found.turn)
        self._store.forget(found.whole)
        self._last = event = WorkdirChanges(
            base=found.base,
            tree=found.seen.tree,
            head=found.seen.head,
            branch=found.seen.branch,
            files=whole.files,
            turn_files=turn.files,
            changed=len(found.whole),
            added=sum(one.path.added for one in found.whole),
            removed=sum(one.path.removed for one in found.whole),
            note=found.note,
            ship=found.ship,
        )
        await self._journal.append(event)
        if self._place.commit:
            await self._records.note_changes(event.added, event.removed, event.changed)


def _warn(place: ReviewPlace, error: GitFailed) -> None:
    logger.warning(
        "event=review_failed session=%s error=%r", place.store.name, str(error)
    )
