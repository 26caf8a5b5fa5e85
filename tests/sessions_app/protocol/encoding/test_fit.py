import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.encoding.fit import FRAME_BYTES, TooLarge, cut, split
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import (
    Delta,
    Event,
    OpaqueBlock,
    Pace,
    Text,
    TextDelta,
    TodoUpdate,
    ToolOutputDelta,
    ToolUse,
    UserMessage,
)
from tests.sessions_app.protocol import values

LIMIT = 16_384
texts = st.builds(
    lambda piece, times: piece * times,
    st.text(min_size=1) | st.sampled_from(["\0", "\U0001f600", "\\", "x"]),
    st.integers(1, 3_000),
)
deep = st.recursive(
    texts | st.integers() | st.just([7] * 9_000),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=200), inner, max_size=4)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=20), deep, max_size=5)


def size(event: Event) -> int:
    return len(encode(event).encode())


@given(texts, st.integers(0, 1_000), st.integers(FRAME_BYTES + 100, LIMIT))
def test_the_pieces_of_a_delta_fit_and_join(text: str, offset: int, limit: int) -> None:
    delta = TextDelta(block="m1.0", offset=offset, delta=text)
    pieces = split(delta, limit)
    assert "".join(piece.delta for piece in pieces) == text
    for piece in pieces:
        assert size(piece) <= limit
        assert piece.offset == offset
        offset += utf16_len(piece.delta)


@given(objects)
def test_what_is_cut_fits_and_keeps_its_names(value: dict[str, object]) -> None:
    for event in (
        ToolUse(block="m1.0", tool_use_id="toolu_1", tool="write_file", input=value),
        OpaqueBlock(block="m1.0", raw=value),
        TodoUpdate(items=[value]),
    ):
        short = cut(event, "o_1", LIMIT)
        assert size(short) <= LIMIT
        assert short.whole_id == "o_1"
        assert short.stream == event.stream
        assert type(short) is type(event)
        assert decode_event(encode(short)) == short


@given(values.events)
def test_an_event_that_fits_is_only_named(event: Event) -> None:
    bare = msgspec.structs.replace(event, whole_id="")
    if size(bare) < 1_000 and not isinstance(event, Delta):
        kept = cut(bare, "o_1", 10**6)
        if hasattr(bare, "pace"):
            bare = msgspec.structs.replace(bare, pace=[])
        assert msgspec.structs.replace(kept, whole_id="") == bare


def test_a_long_text_keeps_its_ends_and_says_what_is_missing() -> None:
    pace: Pace = [(1, 100)] * 9_000
    event = Text(block="m1.0", text="a" * 9_000 + "b" * 9_000, pace=pace)
    short = cut(event, "o_1", LIMIT)
    assert isinstance(short, Text)
    assert short.text.startswith("aaa")
    assert short.text.endswith("bbb")
    assert "13,904 characters left out" in short.text
    assert short.pace == []


def test_an_unknown_event_keeps_its_type() -> None:
    fields = {f"x{n}": "y" * 1_000 for n in range(500)}
    line = msgspec.json.encode({**fields, "type": "novelty", "seq": 4})
    short = cut(decode_event(line), "o_1", LIMIT)
    assert decode_event(encode(short)).more["type"] == "novelty"


def test_a_delta_of_astral_characters_counts_their_halves() -> None:
    pieces = split(
        ToolOutputDelta(tool_use_id="t", offset=5, delta="\U0001f600" * 2_000),
        FRAME_BYTES + 600,
    )
    assert [piece.offset for piece in pieces[:3]] == [5, 205, 405]


def test_what_cannot_be_cut_says_so() -> None:
    with pytest.raises(TooLarge, match="user_message"):
        cut(UserMessage(text="hi"), "o_1", 10)
