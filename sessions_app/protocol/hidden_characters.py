"""Characters that are invisible, or that reorder the text around them.

The page and the terminal both spell them out by these tables. `typescript.py` writes
the patterns into the page's protocol module, so both sides match the same characters.
"""

import re
from collections.abc import Callable

Ranges = tuple[tuple[int, int], ...]

# Control characters except tab and newline; bidirectional marks, embeddings, overrides
# and isolates; zero-width and other default-ignorable characters; fillers; tags; halves
# of surrogate pairs; spaces that no shell or compiler takes for one.
REVIEWED: Ranges = (
    (0x0000, 0x0008),
    (0x000B, 0x001F),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x070F, 0x070F),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200C),
    (0x200E, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFE00, 0xFE0E),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Characters that no ordinary text needs. Not in this table, unlike in REVIEWED: line
# ends, spaces, soft hyphens, joiners, directional marks and variation selectors, which
# occur in ordinary French, Persian, Hebrew, Hindi and Japanese text.
PROSE: Ranges = (
    (0x0000, 0x0008),
    (0x000B, 0x000C),
    (0x000E, 0x001F),
    (0x007F, 0x009F),
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x200B, 0x200B),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
)
# Greek, Cyrillic and phonetic letters that look like Latin ones, and signs that look
# like a slash, a colon or a dot. In a word of one script the letters are what they
# seem; beside a Latin letter none of them is.
LOOKALIKE: Ranges = (
    (0x0251, 0x0251),
    (0x0261, 0x0261),
    (0x0391, 0x0392),
    (0x0395, 0x0397),
    (0x0399, 0x039A),
    (0x039C, 0x039D),
    (0x039F, 0x039F),
    (0x03A1, 0x03A1),
    (0x03A4, 0x03A5),
    (0x03A7, 0x03A7),
    (0x03BF, 0x03BF),
    (0x0405, 0x0406),
    (0x0408, 0x0408),
    (0x0410, 0x0410),
    (0x0412, 0x0412),
    (0x0415, 0x0415),
    (0x041A, 0x041A),
    (0x041C, 0x041E),
    (0x0420, 0x0423),
    (0x0425, 0x0425),
    (0x042C, 0x042C),
    (0x0430, 0x0430),
    (0x0435, 0x0435),
    (0x043E, 0x043E),
    (0x0440, 0x0441),
    (0x0443, 0x0443),
    (0x0445, 0x0445),
    (0x0455, 0x0456),
    (0x0458, 0x0458),
    (0x04BB, 0x04BB),
    (0x0501, 0x0501),
    (0x051B, 0x051B),
    (0x051D, 0x051D),
    (0x2024, 0x2024),
    (0x2044, 0x2044),
    (0x2215, 0x2215),
    (0x2236, 0x2236),
    (0x29F8, 0x29F8),
    (0xA789, 0xA789),
)
LATIN: Ranges = ((0x0041, 0x005A), (0x0061, 0x007A))
EMOJI: Ranges = (
    (0x00A9, 0x00A9),
    (0x00AE, 0x00AE),
    (0x203C, 0x203C),
    (0x2049, 0x2049),
    (0x2122, 0x2122),
    (0x2139, 0x2139),
    (0x2190, 0x21FF),
    (0x2300, 0x23FF),
    (0x24C2, 0x24C2),
    (0x25A0, 0x27BF),
    (0x2900, 0x297F),
    (0x2B00, 0x2BFF),
    (0x3030, 0x303D),
    (0x3297, 0x3299),
    (0x1F000, 0x1FAFF),
)


def _class(ranges: Ranges, spelled: Callable[[int], str]) -> str:
    return "".join(
        spelled(first) if first == last else f"{spelled(first)}-{spelled(last)}"
        for first, last in ranges
    )


Dialect = Callable[[Ranges], str]


def python_class(ranges: Ranges) -> str:
    """Return the content of a character class for Python's `re`."""
    return _class(ranges, lambda point: f"\\U{point:08x}")


def script_class(ranges: Ranges) -> str:
    """Return the content of a character class for a JavaScript `u` pattern."""
    return _class(ranges, lambda point: f"\\u{{{point:x}}}")


def reviewed_pattern(dialect: Dialect) -> str:
    """Return the pattern of characters to spell out in text that a person reviews.

    U+FE0F and U+200D are not matched inside an emoji, because they are part of it. A
    letter or sign that looks like a Latin one is matched beside a Latin one.
    """
    emoji, keycap = dialect(EMOJI), dialect(((0x20E3, 0x20E3),))
    latin, lookalike = dialect(LATIN), dialect(LOOKALIKE)
    variation, joiner = dialect(((0xFE0F, 0xFE0F),)), dialect(((0x200D, 0x200D),))
    return "|".join(
        (
            f"[{dialect(REVIEWED)}]",
            f"(?<![{emoji}]){variation}(?!{keycap})",
            f"(?<![{emoji}{variation}]){joiner}",
            f"{joiner}(?![{emoji}])",
            f"(?<=[{latin}])[{lookalike}]",
            f"[{lookalike}](?=[{latin}])",
        )
    )


def prose_pattern(dialect: Dialect) -> str:
    """Return the pattern of characters to spell out in titles and messages."""
    return f"[{dialect(PROSE)}]"


_REVIEWED = re.compile(reviewed_pattern(python_class))
_PROSE = re.compile(prose_pattern(python_class))


def spell_out(text: str) -> str:
    """Spell out every hidden character, for text that a person reviews: `⟨U+202E⟩`."""
    return _REVIEWED.sub(_name, text)


def spell_out_prose(text: str) -> str:
    """Spell out the hidden characters that no ordinary text needs."""
    return _PROSE.sub(_name, text)


def _name(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"
