import re

from sessions_app.protocol.hidden_characters import spell_out

# Escape sequences: CSI, the string kinds (OSC, DCS, APC, PM, SOS), and two-byte ones.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[]P_^X][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# Other characters that a terminal obeys: controls except tab and newline, bidirectional
# controls and line separators.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Remove escape sequences and control characters from prose."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def program_output(text: str) -> str:
    """A program's output without escape sequences; hidden characters spelled out.

    Text after a carriage return becomes a separate line, so that nothing is
    overwritten.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return spell_out(_SEQUENCE.sub("", lines))


def one_line(text: str, width: int) -> str:
    """Put prose on one line of at most `width` characters."""
    return cut(" ".join(plain(text[: width * 4]).split()), width)


def one_reviewed_line(text: str, width: int) -> str:
    """Put a text on one line for review, with hidden characters spelled out."""
    return cut(" ".join(spell_out(text[: width * 4]).split()), width)


def cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
