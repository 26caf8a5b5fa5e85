import json

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.encoding.surrogates import ends_in_half, mend, mend_all

texts = st.text(st.characters() | st.sampled_from("\ud83d\ude00"))


@given(texts)
def test_a_mended_text_is_encodable_and_whole_text_is_untouched(text: str) -> None:
    mended = mend(text)
    mended.encode()
    assert mend(mended) == mended
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert mended == text


@given(st.recursive(texts, lambda v: st.lists(v) | st.dictionaries(texts, v)))
def test_every_string_of_a_value_is_mended(value: object) -> None:
    json.dumps(mend_all(value), ensure_ascii=False).encode()


def test_halves_are_known() -> None:
    assert ends_in_half("a\ud83d")
    assert not ends_in_half("a\ude00")
    assert not ends_in_half("")
    assert mend("\ud83d\ude00 \ud83d \ude00") == "\U0001f600 \ufffd \ufffd"
