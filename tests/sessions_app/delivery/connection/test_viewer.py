import dataclasses
import random

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sessions_app.delivery.connection.viewer import Viewer, Want
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.page import Page

ROWS, CHARS, WINDOW = 8, 20, 30
PAGE_ROWS = 3  # a page may be cut short by its size


@pytest.fixture(autouse=True)
def _small(settings: LazySettings) -> None:
    settings.PAGE_MAX_ROWS = ROWS
    settings.PAGE_MAX_CHARS = CHARS
    settings.RECENT_MAX_CHARS = WINDOW


class NaiveLog:
    """The truth: a list of events' texts."""

    def __init__(self) -> None:
        self.events: list[str] = []

    @property
    def head(self) -> int:
        return len(self.events)

    def batch(self, after: int, up_to: int) -> Batch:
        body = ",".join(self.events[after:up_to])
        return Batch("s", after, up_to, up_to - after, body)

    def page(self, after: int) -> Page:
        up_to = min(self.head, after + PAGE_ROWS)
        return Page(self.batch(after, up_to), up_to == self.head)


class Tab:
    """A viewer and what it has shown; pages come late, batches when told of."""

    def __init__(self, log: NaiveLog, recent: Recent, cursor: int) -> None:
        self.log = log
        self.viewer = Viewer(recent, cursor)
        self.first = self.shown = cursor
        self.read: tuple[Viewer, Page] | None = None  # on its way

    def serve(self, most: int = 99) -> Want | None:
        """Send what may leave; return what is wanted, None if it may not leave yet."""
        for _ in range(most):
            step = self.viewer.look()
            if not isinstance(step, Batch):
                return step
            self.viewer.move(step)
            self.show(step)
        return None

    def show(self, batch: Batch) -> None:
        assert batch.after == self.shown
        assert batch.count > 0
        assert batch.body == ",".join(self.log.events[batch.after : batch.up_to])
        assert batch.count <= ROWS
        self.shown = batch.up_to

    def want_page(self) -> None:
        if self.read is None and self.viewer.look() is Want.PAGE:
            page = self.log.page(self.viewer.cursor)
            self.read = self.viewer, page

    def take_page(self) -> None:
        if self.read is None:
            return
        viewer, page = self.read
        self.read = None
        if viewer is self.viewer and viewer.continues(page):
            viewer.move(page.batch)
            self.show(page.batch)


class Schedule:
    """A runner, a layer that drops, repeats and delays, a feed that heals, tabs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 seeded, to be repeatable
        self.log = NaiveLog()
        self.log.events = [str(n) for n in range(self.chance.randint(0, 12))]
        self.recent = Recent(self.log.head)
        self.on_the_way: list[Batch] = []
        self.tabs = [Tab(self.log, self.recent, 0)]

    def run(self, steps: int) -> None:
        turns = {
            self.commit: 6,
            self.layer_brings: 6,
            self.layer_loses: 2,
            self.heal_a_page: 2,
            self.forget: 1,
            self.join: 1,
            self.serve: 8,
            self.want_page: 4,
            self.take_page: 4,
        }
        for turn in self.chance.choices([*turns], [*turns.values()], k=steps):
            turn()
            if self.chance.random() < 0.01:
                self.restore()
        self.end()

    def commit(self) -> None:
        after = self.log.head
        text = self.chance.choice(["1", "22", "333333"])
        self.log.events += [text] * self.chance.randint(1, 4)
        self.on_the_way.append(self.log.batch(after, self.log.head))

    def layer_brings(self) -> None:
        if not self.on_the_way:
            return
        batch = self.chance.choice(self.on_the_way[:2])
        if self.chance.random() < 0.9:  # else it comes again
            self.on_the_way.remove(batch)
        if self.chance.random() < 0.1:  # too large: a mere notice
            batch = dataclasses.replace(batch, body=None)
        if not self.recent.add(batch):
            self.heal_a_page()

    def layer_loses(self) -> None:
        if self.on_the_way:
            self.on_the_way.remove(self.chance.choice(self.on_the_way))

    def heal_a_page(self) -> None:
        if self.recent.head < self.log.head:
            assert self.recent.add(self.log.page(self.recent.head).batch)

    def forget(self) -> None:
        self.recent.forget()

    def join(self) -> None:
        cursor = self.chance.randint(0, self.log.head)
        self.tabs.append(Tab(self.log, self.recent, cursor))
        del self.tabs[:-4]

    def serve(self) -> None:
        self.chance.choice(self.tabs).serve(self.chance.randint(0, 3))

    def want_page(self) -> None:
        self.chance.choice(self.tabs).want_page()

    def take_page(self) -> None:
        self.chance.choice(self.tabs).take_page()

    def restore(self) -> None:
        """The log is another one now: all begin again."""
        self.log.events = [f"-{n}" for n in range(self.chance.randint(0, 6))]
        self.recent = Recent(self.log.head)
        self.on_the_way.clear()
        for tab in self.tabs:
            tab.viewer = Viewer(self.recent, 0)
            tab.shown = 0

    def end(self) -> None:
        while self.recent.head < self.log.head:
            self.heal_a_page()
        for tab in self.tabs:
            for _ in range(200):
                if tab.serve() is Want.NOTHING:
                    break
                tab.take_page()
                tab.want_page()
            assert tab.shown == tab.viewer.cursor == self.log.head


@examples(
    max_examples=300,
    phases=[Phase.generate],  # a smaller seed is no simpler
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_a_viewer_shows_the_log_in_order_once_and_all_of_it(seed: int) -> None:
    Schedule(seed).run(80)


def batch(after: int, up_to: int, body: str | None = "") -> Batch:
    text = ",".join(str(n) for n in range(after, up_to)) if body == "" else body
    return Batch("s", after, up_to, up_to - after, text)


def test_viewers_in_step_share_one_frame() -> None:
    recent = Recent(0)
    for number in range(3):
        assert recent.add(batch(number, number + 1))
    first, second = Viewer(recent, 1), Viewer(recent, 1)
    assert first.look() is second.look()
    assert isinstance(first.look(), Batch)


def test_a_window_takes_no_more_than_its_share() -> None:
    recent = Recent(0)
    for number in range(10):
        assert recent.add(batch(number, number + 1), 3 * batch(0, 1).size)
    assert Viewer(recent, 7).look() is not Want.PAGE
    assert Viewer(recent, 6).look() is Want.PAGE


def test_what_is_older_than_the_window_is_a_page() -> None:
    recent = Recent(5)
    assert recent.add(batch(5, 6))
    assert Viewer(recent, 3).look() is Want.PAGE
    assert isinstance(Viewer(recent, 5).look(), Batch)


def test_the_window_forgets_what_was_old_when_last_asked() -> None:
    recent = Recent(0)
    assert recent.add(batch(0, 1))
    recent.forget()
    assert isinstance(Viewer(recent, 0).look(), Batch)
    assert recent.add(batch(1, 2))
    recent.forget()
    assert Viewer(recent, 0).look() is Want.PAGE
    assert isinstance(Viewer(recent, 1).look(), Batch)
    assert recent.head == 2


def test_a_cursor_in_the_midst_of_a_batch_wants_a_page() -> None:
    recent = Recent(0)
    assert recent.add(batch(0, 3))
    assert Viewer(recent, 1).look() is Want.PAGE


def test_who_is_ahead_of_the_window_wants_nothing() -> None:
    recent = Recent(0)
    assert recent.add(batch(0, 1))
    assert Viewer(recent, 4).look() is Want.NOTHING
    assert recent.add(batch(1, 4))
    assert recent.add(batch(4, 5))
    step = Viewer(recent, 4).look()
    assert isinstance(step, Batch)
    assert (step.after, step.up_to) == (4, 5)


def test_the_window_takes_what_continues_it_and_no_more() -> None:
    recent = Recent(2)
    assert recent.add(batch(0, 2))  # seen already: no hole
    assert not recent.add(batch(3, 4))
    assert not recent.add(batch(1, 4))  # half seen
    assert not recent.add(batch(2, 4, None))  # a notice
    assert recent.head == 2
    assert recent.add(batch(2, 3))
    assert recent.head == 3


def test_the_window_keeps_its_size() -> None:
    recent = Recent(0)
    for number in range(100):
        assert recent.add(Batch("s", number, number + 1, 1, "12345"))
    assert Viewer(recent, 100 - WINDOW // 5).look() is not Want.PAGE
    assert Viewer(recent, 100 - WINDOW // 5 - 1).look() is Want.PAGE
    large = Batch("s", 100, 101, 1, "x" * 10 * WINDOW)
    assert recent.add(large)
    step = Viewer(recent, 100).look()
    assert isinstance(step, Batch)
    assert step.body == large.body
