import pytest

from tests.naive_fold import Fields, text_of
from tests.watcher import Verdict, View


def delta(seq: int, offset: int, text: str) -> Fields:
    return {
        "type": "text_delta",
        "seq": seq,
        "block": "m.0",
        "offset": offset,
        "delta": text,
    }


LOG = [delta(1, 0, "a"), delta(2, 1, "b"), delta(3, 2, "c"), {"type": "new", "seq": 4}]


def frame(after: int, *events: Fields, up_to: int | None = None) -> Fields:
    last = events[-1]["seq"] if up_to is None else up_to
    return {"after": after, "upTo": last, "events": list(events)}


def judged(*frames: Fields) -> Verdict:
    view = View()
    for each in frames:
        view.handle(each)
    return view.judge(LOG)


def test_a_watcher_that_saw_the_log_is_content() -> None:
    assert judged(frame(0, *LOG)).is_good
    assert judged(frame(0, LOG[0]), frame(1, LOG[1], LOG[2]), frame(3, LOG[3])).is_good


def test_deltas_may_have_gone_since() -> None:
    view = View()
    view.handle(
        frame(0, *LOG, {"type": "text", "seq": 5, "block": "m.0", "text": "abc"})
    )
    swept = [LOG[0], LOG[3], view.applied[-1]]
    assert view.judge(swept).is_good


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        ([frame(0, LOG[0]), frame(2, *LOG[2:])], "holes"),
        ([frame(0, LOG[0], *LOG[2:])], "holes"),
        ([frame(0, *LOG[:3])], "holes"),
        ([frame(0, *LOG[:2]), frame(1, *LOG[1:])], "repeats"),
        ([frame(0, LOG[0], LOG[0], *LOG[1:])], "repeats"),
        ([frame(0, LOG[0], LOG[2], LOG[1], LOG[3])], "reordered"),
        ([frame(0, *LOG, {"type": "new", "seq": 5})], "strangers"),
        ([frame(0, *LOG[:3], {"type": "old", "seq": 4})], "holes"),
    ],
)
def test_a_watcher_notices(frames: list[Fields], complaint: str) -> None:
    verdict = judged(*frames)
    assert getattr(verdict, complaint) > 0
    assert not verdict.is_good


def test_the_fold_is_the_plain_one() -> None:
    assert text_of(LOG) == "abc"
    assert text_of([delta(1, 0, "a😀"), delta(2, 3, "b")]) == "a😀b"
    assert text_of([delta(1, 0, "abc"), delta(2, 1, "x")]) == "ax"
    final = {"type": "text", "seq": 5, "block": "m.0", "text": "abcd"}
    assert text_of([*LOG, final]) == "abcd"
    gone = {"type": "turn_discarded", "seq": 6, "messageId": "m"}
    assert text_of([*LOG, gone]) == ""
    with pytest.raises(ValueError, match="beyond"):
        text_of([delta(1, 2, "c")])
