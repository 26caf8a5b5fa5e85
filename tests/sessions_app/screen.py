from sessions_app.delivery.connection.viewer import Viewer, Want
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.page import Page
from tests.naive_fold import NaiveFold


class Screen:
    """A viewer as the server has it, and what its browser made of the frames."""

    def __init__(self, recent: Recent, cursor: int, epoch: str) -> None:
        self.viewer = Viewer(recent, cursor)
        self.epoch = epoch
        self.fold = NaiveFold()
        self.shown = cursor
        self.read: tuple[Viewer, Page] | None = None  # a page on its way

    def show(self, batch: Batch) -> None:
        assert batch.after == self.shown
        self.fold.read(batch.body)
        self.shown = batch.up_to

    def serve(self, most: int) -> Want | None:
        for _ in range(most):
            step = self.viewer.look()
            if not isinstance(step, Batch):
                return step
            self.viewer.move(step)
            self.show(step)
        return None

    def reset(self, recent: Recent, epoch: str) -> None:
        self.viewer, self.epoch = Viewer(recent, 0), epoch
        self.fold, self.shown = NaiveFold(), 0
