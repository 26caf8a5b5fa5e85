import pytest
from django.conf import LazySettings
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sessions_app.delivery.connection.outbox import AckError, Outbox

EAGER, FRAMES, SIZE, AGE, PILE, PAGE = 3, 6, 100, 10.0, 0.5, 20


@pytest.fixture(autouse=True)
def _small(settings: LazySettings) -> None:
    settings.OUTBOX_EAGER_FRAMES = EAGER
    settings.OUTBOX_MAX_FRAMES = FRAMES
    settings.OUTBOX_MAX_BYTES = SIZE
    settings.OUTBOX_MAX_AGE_S = AGE
    settings.OUTBOX_PILE_S = PILE
    settings.PAGE_MAX_CHARS = PAGE


class Model(RuleBasedStateMachine):
    """An outbox beside the plain list of all frames that were ever sent."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.sent: list[tuple[int, float]] = []
        self.acked = 0
        self.now = 100.0

    @property
    def unacknowledged(self) -> list[tuple[int, float]]:
        return self.sent[self.acked :]

    @rule(size=st.integers(0, 40))
    def send(self, size: int) -> None:
        self.outbox.send(size, self.now)
        self.sent.append((size, self.now))

    @rule(seconds=st.sampled_from([0.1, 0.25, 0.5, 3.0, 7.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(frames=st.integers(-2, 12))
    def ack(self, frames: int) -> None:
        if frames > len(self.sent):
            with pytest.raises(AckError, match=f"{len(self.sent)} sent"):
                self.outbox.ack(frames)
        else:
            self.outbox.ack(frames)
            self.acked = max(self.acked, frames)

    @precondition(lambda self: self.unacknowledged)
    @rule()
    def ack_all(self) -> None:
        self.outbox.ack(len(self.sent))
        self.acked = len(self.sent)

    @invariant()
    def agrees(self) -> None:
        left = self.unacknowledged
        size = sum(size for size, _ in left)
        oldest = left[0][1] if left else self.now
        is_slow = len(left) > FRAMES or size > SIZE or self.now - oldest > AGE
        assert self.outbox.is_slow(self.now) == is_slow
        assert self.outbox.slow_at == (oldest + AGE if left else None)
        is_eager = len(left) < EAGER
        last = self.sent[-1][1] if self.sent else 0.0
        pile = PILE * (len(left) / EAGER) ** 3
        assert self.outbox.may_push(self.now) == (is_eager or self.now >= last + pile)
        assert self.outbox.may_pull == (is_eager and SIZE - size >= 2 * PAGE)


def test_the_outbox_agrees_with_a_plain_list_of_frames() -> None:
    run_state_machine_as_test(
        Model, settings=examples(max_examples=100, stateful_step_count=30)
    )


def test_replay_alone_never_makes_a_viewer_slow() -> None:
    outbox = Outbox()
    pulled = 0
    while outbox.may_pull:
        outbox.send(PAGE, 0.0)
        pulled += 1
    assert 0 < pulled <= EAGER
    outbox.send(PAGE, 0.0)  # nor does a live frame beside it
    assert not outbox.is_slow(0.0)


def test_a_viewer_that_keeps_up_gets_every_frame_at_once() -> None:
    outbox = Outbox()
    for number in range(1, 50):
        assert outbox.may_push(0.0)
        outbox.send(10, 0.0)
        outbox.ack(number)
    assert not outbox.is_slow(1000.0)


def test_who_does_not_read_gets_few_frames() -> None:
    outbox = Outbox()
    for event in range(100 * 80):  # 100 s, in which a reader would get them all
        now = event / 80
        if outbox.may_push(now):
            outbox.send(1, now)
    assert outbox.frames < 15
