from collections import OrderedDict
from itertools import count

from django.conf import settings

from sessions_app.log.batch import Batch

COST = 500  # of a frame beside its text, in characters: a handful of objects


class FrameCache:
    """The frames that were made last, for viewers who are in step to share.

    Bounded over all windows: each of hundreds would keep a frame that nobody wants.
    """

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[int, int], Batch] = OrderedDict()
        self._size = 0
        self._states = count()

    def new_state(self) -> int:
        """Return a number for what a window holds now; frames are of one state."""
        return next(self._states)

    def get(self, state: int, cursor: int) -> Batch | None:
        return self._batches.get((state, cursor))

    def put(self, state: int, cursor: int, batch: Batch) -> None:
        """Keep a frame; the oldest go."""
        self._batches[state, cursor] = batch
        self._size += batch.size + COST
        while self._size > settings.FRAME_CACHE_MAX_CHARS:
            _, oldest = self._batches.popitem(last=False)
            self._size -= oldest.size + COST

    def clear(self) -> None:
        """Let go of all, with what they say."""
        self._batches.clear()
        self._size = 0
