import re
from itertools import groupby
from types import MappingProxyType

from sessions_app.protocol.hidden_characters import spell_out

SHOWN_CHARS = 20_000  # shown of one argument: half of it from each end
BLANK_LINES = 3  # from this many on, a run is shown as one line with a count
# A run of blanks that could push text out of sight, or that ends a line.
_BLANKS = re.compile(r"[ \t]{20,}|[ \t]+$")
BLANKS = MappingProxyType({" ": "space", "\t": "tab"})


def review_lines(name: str, text: str) -> list[str]:
    """The lines of an argument as a person reviews them.

    Hidden characters are spelled out; runs of blanks and of blank lines are counted.
    The middle of a text over SHOWN_CHARS is left out, and a line says how much.
    """
    left = len(text) - SHOWN_CHARS
    if left <= 0:
        return _lines(text)
    half = SHOWN_CHARS // 2
    note = (
        f"NOT SHOWN: {left:,} characters in the middle of {name}; read them on the page"
    )
    return [*_lines(text[:half]), note, *_lines(text[-half:])]


def edit_lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that an edit removes and adds.

    CRLF line ends are not spelled out if both sides use them; other carriage returns
    are. If only one text ends with a newline, the other one's last line says so.
    """
    if _is_crlf(old) and _is_crlf(new):
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    is_end_changed = bool(old and new) and old.endswith("\n") != new.endswith("\n")
    return _side(old, is_end_changed), _side(new, is_end_changed)


def _side(text: str, is_end_changed: bool) -> list[str]:
    lines = _lines(text.removesuffix("\n")) if text else []
    if is_end_changed and not text.endswith("\n"):
        lines.append("⟨no newline at the end⟩")
    return lines


def _is_crlf(text: str) -> bool:
    return "\r\n" in text and "\n" not in text.replace("\r\n", "")


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    for line, same in groupby(spell_out(text).split("\n")):
        number = len(list(same))
        shown = _BLANKS.sub(_count, line)
        if line.strip(" \t") or number < BLANK_LINES:
            lines += [shown] * number
        else:
            lines.append(f"⟨{number} blank lines⟩" + (f" of {shown}" if shown else ""))
    return lines


def _count(found: re.Match[str]) -> str:
    runs = ((kind, len(list(same))) for kind, same in groupby(found[0]))
    return "".join(f"⟨{n} {BLANKS[kind]}{'' if n == 1 else 's'}⟩" for kind, n in runs)
