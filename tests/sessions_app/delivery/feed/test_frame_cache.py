import pytest
from django.conf import LazySettings

from sessions_app.delivery.feed.frame_cache import COST, FrameCache
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch

SIZE = 100


@pytest.fixture(autouse=True)
def _small(settings: LazySettings) -> None:
    settings.FRAME_CACHE_MAX_CHARS = 3 * (SIZE + COST)


def window(frames: FrameCache) -> Recent:
    recent = Recent(0, frames)
    assert recent.add(Batch("s", 0, 1, 1, "x" * SIZE))
    return recent


def test_viewers_in_step_share_a_frame_until_the_window_goes_on() -> None:
    recent = window(FrameCache())
    frame = recent.after(0)
    assert frame is not None
    assert recent.after(0) is frame
    assert recent.add(Batch("s", 1, 2, 1, "y"))
    longer = recent.after(0)
    assert longer is not None
    assert (longer.up_to, longer.count) == (2, 2)


def test_windows_that_share_a_cache_do_not_mistake_each_others_frames() -> None:
    frames = FrameCache()
    one, other = window(frames), Recent(0, frames)
    assert other.add(Batch("other", 0, 1, 1, "z"))
    assert one.after(0) != other.after(0)


def test_all_windows_together_keep_few_frames() -> None:
    frames = FrameCache()
    windows = [window(frames) for _ in range(5)]
    made = [recent.after(0) for recent in windows]
    newest_first = zip(reversed(windows), reversed(made), strict=True)
    kept = [recent.after(0) is frame for recent, frame in newest_first]
    assert kept == [True, True, True, False, False]


def test_a_frame_larger_than_the_cache_is_sent_all_the_same(
    settings: LazySettings,
) -> None:
    recent = Recent(0, FrameCache())
    size = settings.FRAME_CACHE_MAX_CHARS
    assert recent.add(Batch("s", 0, 1, 1, "x" * size))
    frame = recent.after(0)
    assert frame is not None
    assert frame.size == size
    assert recent.after(0) is not frame


def test_a_cache_that_is_cleared_has_room_again() -> None:
    frames = FrameCache()
    first = [window(frames) for _ in range(3)]
    old = first[0].after(0)
    frames.clear()
    made = [recent.after(0) for recent in first]
    assert made[0] is not old
    assert [recent.after(0) for recent in first] == made
    assert all(
        recent.after(0) is frame for recent, frame in zip(first, made, strict=True)
    )
