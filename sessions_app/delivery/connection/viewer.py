from enum import Enum

from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.page import Page


class Want(Enum):
    NOTHING = "nothing"  # caught up
    PAGE = "page"  # of the log, after the cursor


class Viewer:
    """One viewer of one session: a cursor, and where what follows it comes from.

    Nothing is queued for a viewer, so there is nothing to merge and nothing to lose:

    - What follows the cursor is in the window of recent batches, or in the log; both
      hold only what is committed, in order.
    - The window has no hole (the feed heals it from the log), but it begins late, and
      a cursor may lie in the midst of one of its batches, where a page ended. Then
      the next step is a page of the log. Every page moves the cursor, so the two meet.
    - A page may be ahead of the window: the log is committed before it is announced.
      The viewer has caught up then, and the window's batches up to there are passed
      over, for they end at or before the cursor.

    `cursor` never goes back, and each step begins at it: the frames of a viewer are
    the log, in order, once, complete, whatever is lost on the way.
    """

    __slots__ = ("_recent", "cursor", "is_live")

    def __init__(self, recent: Recent, cursor: int) -> None:
        self.cursor = cursor
        self.is_live = False  # has caught up, and follows the window since
        self._recent = recent

    def look(self) -> Batch | Want:
        """Return the next frame, or what is wanted first. Moves nothing."""
        if self.cursor >= self._recent.head:
            return Want.NOTHING
        batch = self._recent.after(self.cursor)
        if batch is None:
            self.is_live = False
            return Want.PAGE
        return batch

    def move(self, batch: Batch) -> None:
        """Note that a batch has been sent."""
        assert batch.after == self.cursor  # noqa: S101 the promise itself
        self.cursor = batch.up_to

    def continues(self, page: Page) -> bool:
        """Tell whether a page, read a while ago, still follows the cursor."""
        return page.batch.after == self.cursor and page.batch.count > 0
