from collections import deque
from itertools import islice

from django.conf import settings

from sessions_app.delivery.feed.frame_cache import FrameCache
from sessions_app.log.batch import Batch, join


class Recent:
    """The window: the newest batches of one session without a gap, for live viewers.

    All viewers of a process share one window, so a viewer is only a cursor. A viewer
    that falls behind the window reads the log.
    """

    def __init__(self, head: int, frames: FrameCache | None = None) -> None:
        self.head = head
        self._batches: deque[Batch] = deque()
        self._size = 0
        self._old = 0  # number of batches that were here at the last `forget`
        self._frames = frames or FrameCache()
        self._state = self._frames.new_state()

    def add(self, batch: Batch, max_chars: int | None = None) -> bool:
        """Add a batch; return False if the caller must read the log instead.

        That is so if the batch does not start at the head, or has no body. A batch
        that ends at or before the head is ignored. `max_chars` is this window's share
        of the limit for all windows.
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
        """Drop the batches present at the last call: no live viewer needs them."""
        for _ in range(self._old):
            self._drop_oldest()
        self._old = len(self._batches)

    def after(self, cursor: int) -> Batch | None:
        """Return the batches after a cursor as one; None: read them from the log."""
        joined = self._frames.get(self._state, cursor)
        if joined is None:
            batches = self._gather(cursor)
            if not batches:
                return None
            # Even a single batch is copied: the copy caches the frame's bytes, and the
            # frame cache limits them.
            joined = join(batches)
            self._frames.put(self._state, cursor, joined)
        return joined

    def _drop_oldest(self) -> None:
        self._size -= self._batches.popleft().size
        self._old = max(0, self._old - 1)

    def _gather(self, cursor: int) -> list[Batch]:
        position = len(self._batches)
        # Search from the newest batch: nearly all viewers need the last one or two.
        for batch in reversed(self._batches):
            if batch.after < cursor:
                break
            position -= 1
        gathered: list[Batch] = []
        size = count = 0
        for batch in islice(self._batches, position, None):
            if not gathered and batch.after != cursor:
                return []  # the cursor is before the window, or inside a batch
            size += batch.size
            count += batch.count
            if gathered and (
                size > settings.PAGE_MAX_CHARS or count > settings.PAGE_MAX_ROWS
            ):
                break
            gathered.append(batch)
        return gathered
