import asyncio
import logging

from django.db.models.functions import Now

from runners.worktrees.diffstat import diffstat
from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import Worktree
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession

logger = logging.getLogger(__name__)


class WorktreeWatch:
    """Updates a session's diffstat after each turn."""

    def __init__(self, reader: Reader, session_id: str, worktree: Worktree) -> None:
        self._reader = reader
        self._session_id = session_id
        self._worktree = worktree
        self._is_stale = False
        self._task: asyncio.Task[None] | None = None

    def stale(self) -> None:
        """Mark the diffstat as stale; it is recomputed in the background."""
        self._is_stale = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._count())

    async def finish(self) -> None:
        """Wait for a running update."""
        if self._task:
            await self._task

    async def _count(self) -> None:
        while self._is_stale:
            self._is_stale = False
            try:
                counted = await asyncio.to_thread(diffstat, self._worktree)
            except GitFailed as error:
                logger.warning(
                    "event=diffstat_failed session=%s error=%r",
                    self._session_id,
                    str(error),
                )
                return
            if counted != self._worktree:
                self._worktree = counted
                await self._reader.read(store_worktree, self._session_id, counted)


def store_worktree(session_id: str, worktree: Worktree) -> None:
    """Store a session's worktree in its row."""
    AgentSession.objects.filter(id=session_id).update(
        worktree=worktree.as_row(), updated_at=Now()
    )
