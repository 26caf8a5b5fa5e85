import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.hidden_characters import spell_out, spell_out_prose

NAME = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")
SAMPLES = "\x1b\x00\r\n\ta\u00a0\u00ad\u200b\u200d\u202e\u2028\u2066\ufe0f❤👩\U000e0041"
# Unicode's own property says nothing here: format characters that have a shape.
DRAWN = {*range(0x600, 0x606), 0x6DD, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
DRAWN |= set(range(0x13430, 0x13460))  # joiners that arrange hieroglyphs


def is_hidden(char: str) -> bool:
    """Naive: whether Unicode calls it a control, a format or a separator character."""
    if char in "\n\t " or ord(char) in DRAWN or char == "\u3000":
        return False
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}


def test_every_control_format_and_separator_character_is_spelled_out() -> None:
    left = [
        f"{point:04X}"
        for point in range(sys.maxunicode + 1)
        if is_hidden(chr(point)) and spell_out(f"a{chr(point)}b") == f"a{chr(point)}b"
    ]
    assert left == []


@given(st.text(st.sampled_from(SAMPLES)))
def test_what_is_spelled_out_can_be_read_back(text: str) -> None:
    shown = spell_out(text)
    assert NAME.sub(lambda found: chr(int(found[1], 16)), shown) == text
    inside_emoji = {"\ufe0f", "\u200d"}
    assert not {c for c in shown if is_hidden(c)} - inside_emoji


@pytest.mark.parametrize(
    "text",
    [
        "plain\ttext\n",
        "naïve 🙂 ❤️ 1️⃣ 👩‍💻 👨‍👩‍👧",
        "שלום עולם",
        "مرحبا بالعالم",
        "日本語　全角",
        "नमस्ते",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert spell_out(text) == text


@pytest.mark.parametrize("text", ["می‌خواهم", "שלום\u200f!", "« déjà »", "क्‍ष", "葛󠄀"])
def test_marks_that_ordinary_prose_needs_are_not_spelled_out_there(text: str) -> None:
    assert spell_out_prose(text) == text


@pytest.mark.parametrize("char", ["\u202e", "\u2067", "\u200b", "\ufeff", "\x1b", "\0"])
def test_what_reorders_or_hides_is_spelled_out_in_prose_too(char: str) -> None:
    assert spell_out_prose(f"a{char}b") == f"a⟨U+{ord(char):04X}⟩b"


# Invisible, though Unicode calls them letters, marks and symbols.
BLANKS = "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\uffa0\U0001d159\U000e0100"


@pytest.mark.parametrize("char", BLANKS, ids=lambda char: f"{ord(char):04X}")
def test_a_letter_mark_or_symbol_that_nobody_sees_is_spelled_out(char: str) -> None:
    assert spell_out(f"rm{char} -rf") == f"rm⟨U+{ord(char):04X}⟩ -rf"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("curl https://github.com\u2215x.example", "github.com⟨U+2215⟩x.example"),
        ("curl https://github.com\u2044x.example", "github.com⟨U+2044⟩x.example"),
        ("curl https\ua789//x", "https⟨U+A789⟩//x"),
        ("\u0261it push", "⟨U+0261⟩it push"),
        ("p\u0251ypal.com", "p⟨U+0251⟩ypal.com"),
        ("example\u2024com", "example⟨U+2024⟩com"),
    ],
)
def test_a_sign_or_letter_that_passes_for_an_ascii_one_is_spelled_out(
    text: str, shown: str
) -> None:
    assert shown in spell_out(text)


@pytest.mark.parametrize("text", ["1\u20442 cup", "ratio 3\u22364", "\u2215\u2215"])
def test_signs_between_numbers_stay_as_they_are(text: str) -> None:
    assert spell_out(text) == text


def test_a_letter_that_passes_for_a_latin_one_is_spelled_out_beside_one() -> None:
    assert spell_out("\u0430dmin = user") == "⟨U+0430⟩dmin = user"
    assert spell_out("p\u0430ypal.com") == "p⟨U+0430⟩ypal.com"
    assert spell_out("\u039fK") == "⟨U+039F⟩K"


@pytest.mark.parametrize(
    "text", ["Осторожно: run app.py", "Ελληνικά and x", "Δt = 3 μs", "файл config.toml"]
)
def test_words_of_one_script_stay_as_they_are(text: str) -> None:
    assert spell_out(text) == text
