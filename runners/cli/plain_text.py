import re

# Escape sequences: CSI, the string kinds (OSC, DCS, APC, PM, SOS), and two-byte ones.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[]P_^X][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# What else a terminal obeys: controls but for tab and newline, and the characters
# that turn the direction of writing or part lines.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Take from a text what a terminal would obey instead of showing it."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def visible(text: str) -> str:
    """Spell out what a terminal would obey instead of showing it."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str, width: int) -> str:
    """Put a text on one line of at most `width` characters."""
    return cut(" ".join(plain(text[: width * 4]).split()), width)


def cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
