from enum import Enum

from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.page import Page


class Want(Enum):
    NOTHING = "nothing"  # caught up
    PAGE = "page"  # a page of the log after the cursor


class Viewer:
    """One viewer of one session: a cursor, and the source of the next events.

    Nothing is queued per viewer, so nothing can be lost or sent out of order:

    - The events after the cursor are in the window of recent batches, or in the log.
      Both hold only committed events, in order.
    - The window has no gap (the feed fills gaps from the log), but it does not reach
      back to the log's start. Also, a cursor may lie inside one of its batches, where
      a page ended. In both cases the next step is a page of the log. Every page moves
      the cursor, so the cursor reaches the window.
    - A page may be ahead of the window, because events are committed before they are
      announced. The viewer has then caught up. Window batches that end at or before
      the cursor are skipped.

    `cursor` never goes back, and each step begins at the cursor. So a viewer's frames
    are the log: complete, in order, each event once, whatever the layer loses.
    """

    __slots__ = ("_recent", "cursor", "is_live")

    def __init__(self, recent: Recent, cursor: int) -> None:
        self.cursor = cursor
        self.is_live = False  # True once the viewer has caught up with the window
        self._recent = recent

    def look(self) -> Batch | Want:
        """Return the next batch to send, or what is needed first; moves no cursor."""
        if self.cursor >= self._recent.head:
            return Want.NOTHING
        batch = self._recent.after(self.cursor)
        if batch is None:
            self.is_live = False
            return Want.PAGE
        return batch

    def move(self, batch: Batch) -> None:
        """Move the cursor over a batch that is being sent."""
        assert batch.after == self.cursor  # noqa: S101 the promise itself
        self.cursor = batch.up_to

    def continues(self, page: Page) -> bool:
        """Return whether a page has events and starts at the present cursor."""
        return page.batch.after == self.cursor and page.batch.count > 0
