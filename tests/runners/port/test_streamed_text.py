from hypothesis import given
from hypothesis import strategies as st

from runners.port.streamed_text import StreamedText
from sessions_app.protocol.encoding.utf16 import utf16_len

chars = st.sampled_from("a\u00e9\u4e2d\U0001f600\ud83d\ude00\ud800\udfff")
pieces = st.lists(st.text(chars, max_size=4))


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def naive(text: str) -> str:
    """What a browser holds of the same UTF-16, lone halves replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@given(pieces)
def test_pieces_join_to_what_was_sent_and_every_offset_is_right(
    sent: list[str],
) -> None:
    streamed = StreamedText(Watch())
    shown = ""
    for piece in sent:
        added = streamed.add(piece)
        if added is not None:
            offset, text = added
            assert offset == utf16_len(shown)
            text.encode()
            shown += text
    assert streamed.text == naive("".join(sent))
    assert streamed.text in (shown, shown + "\ufffd")
    assert sum(units for units, _ in streamed.pace()) == utf16_len(streamed.text)


def test_a_pair_split_over_two_pieces_is_shown_in_one() -> None:
    streamed = StreamedText(Watch())
    assert streamed.add("ab\ud83d") == (0, "ab")
    assert streamed.add("\ude00c") == (2, "\U0001f600c")
    assert streamed.add("d") == (5, "d")


def test_pace_has_a_pair_for_about_every_tenth_of_a_second() -> None:
    watch = Watch()
    streamed = StreamedText(watch)
    for _ in range(10):
        watch.now += 0.0625
        streamed.add("four")
    assert streamed.pace() == [(8, 125)] * 5


def test_pace_waits_out_a_silence() -> None:
    watch = Watch()
    streamed = StreamedText(watch)
    streamed.add("ab")
    watch.now = 3.0
    streamed.add("c")
    watch.now = 3.05
    streamed.add("de")
    assert streamed.pace() == [(3, 3000), (2, 50)]
