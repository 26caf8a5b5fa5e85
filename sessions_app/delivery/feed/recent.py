from collections import deque
from itertools import islice

from django.conf import settings

from sessions_app.delivery.feed.frame_cache import FrameCache
from sessions_app.log.batch import Batch, join


class Recent:
    """The newest batches of one session, without a hole: live viewers read these.

    One window for all viewers of a process, so a viewer is no more than a cursor;
    whoever falls behind the window reads the log.
    """

    def __init__(self, head: int, frames: FrameCache | None = None) -> None:
        self.head = head
        self._batches: deque[Batch] = deque()
        self._size = 0
        self._old = 0  # of the batches, how many were here when last asked to forget
        self._frames = frames or FrameCache()
        self._state = self._frames.new_state()

    def add(self, batch: Batch, max_chars: int | None = None) -> bool:
        """Take a batch; False: it does not continue the head, so the log must tell.

        `max_chars` is this window's share of what all windows may hold.
        """
        if batch.up_to <= self.head:
            return True
        if batch.after != self.head or batch.body is None:
            return False
        self._batches.append(batch)
        self._size += batch.size
        self.head = batch.up_to
        self._state = self._frames.new_state()
        most = settings.RECENT_MAX_CHARS if max_chars is None else max_chars
        while self._size > most and len(self._batches) > 1:
            self._drop_oldest()
        return True

    def forget(self) -> None:
        """Drop what was here at the last call already: nobody live is so far behind."""
        for _ in range(self._old):
            self._drop_oldest()
        self._old = len(self._batches)

    def after(self, cursor: int) -> Batch | None:
        """Return one frame of what follows a cursor; None: read it from the log."""
        joined = self._frames.get(self._state, cursor)
        if joined is None:
            batches = self._gather(cursor)
            if not batches:
                return None
            # A batch of its own even where one is enough: it keeps the frame's bytes.
            joined = join(batches)
            self._frames.put(self._state, cursor, joined)
        return joined

    def _drop_oldest(self) -> None:
        self._size -= self._batches.popleft().size
        self._old = max(0, self._old - 1)

    def _gather(self, cursor: int) -> list[Batch]:
        position = len(self._batches)
        # From the newest: nearly all viewers want the last batch or two.
        for batch in reversed(self._batches):
            if batch.after < cursor:
                break
            position -= 1
        gathered: list[Batch] = []
        size = count = 0
        for batch in islice(self._batches, position, None):
            if not gathered and batch.after != cursor:
                return []  # older than the window, or in the midst of a batch
            size += batch.size
            count += batch.count
            if gathered and (
                size > settings.PAGE_MAX_CHARS or count > settings.PAGE_MAX_ROWS
            ):
                break
            gathered.append(batch)
        return gathered
