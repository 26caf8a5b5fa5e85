from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.channel_layer.frame import Frames, frame

MESSAGES: list[dict[str, Any]] = [
    {},
    {"type": "session.events", "after": 2**40, "body": '{"a":"é\\u0000"}'},
    {"body": None},
    {"body": "x" * 70_000},
]


def test_a_stream_cut_at_every_byte_gives_the_same_messages() -> None:
    stream = b"".join(map(frame, MESSAGES[:3]))
    for cut in range(len(stream) + 1):
        frames = Frames()
        got = [*frames.feed(stream[:cut]), *frames.feed(stream[cut:])]
        assert got == MESSAGES[:3]


@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.data())
def test_a_stream_cut_anywhere_gives_the_same_messages(
    messages: list[dict[str, Any]], data: st.DataObject
) -> None:
    stream = b"".join(map(frame, messages))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    frames = Frames()
    got: list[dict[str, Any]] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += frames.feed(stream[start:end])
    assert got == messages


def test_what_is_not_whole_yet_gives_nothing() -> None:
    frames = Frames()
    data = frame({"a": 1})
    assert list(frames.feed(data[:-1])) == []
    assert list(frames.feed(data[-1:])) == [{"a": 1}]
