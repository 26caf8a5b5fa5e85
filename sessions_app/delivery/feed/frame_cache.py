from collections import OrderedDict
from itertools import count

from django.conf import settings

from sessions_app.log.batch import Batch

COST = 500  # a frame's overhead beside its text (a few objects), in characters


class FrameCache:
    """The frames built last, shared by viewers that are at the same cursor.

    One size limit covers all windows: with a limit per window, each of hundreds would
    keep a frame that no viewer needs.
    """

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[int, int], Batch] = OrderedDict()
        self._size = 0
        self._states = count()

    def new_state(self) -> int:
        """Return a new number for a window's present content; it is part of a key."""
        return next(self._states)

    def get(self, state: int, cursor: int) -> Batch | None:
        return self._batches.get((state, cursor))

    def put(self, state: int, cursor: int, batch: Batch) -> None:
        """Store a frame; evict the oldest ones above FRAME_CACHE_MAX_CHARS."""
        self._batches[state, cursor] = batch
        self._size += batch.size + COST
        while self._size > settings.FRAME_CACHE_MAX_CHARS:
            _, oldest = self._batches.popitem(last=False)
            self._size -= oldest.size + COST

    def clear(self) -> None:
        """Remove all frames, and with them their text from memory."""
        self._batches.clear()
        self._size = 0
