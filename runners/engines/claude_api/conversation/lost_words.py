from collections.abc import Iterable, Iterator
from typing import Any

SAID_CHARS = 24  # of a mask, in an error message


def lost_word_in(arguments: Any, lost: Iterable[str]) -> str:
    """Find a lost secret's mask (a row of stars) in a tool's input; "" if none."""
    lost = tuple(lost)
    if not lost:
        return ""
    for text in _texts(arguments):
        for mask in lost:
            if holds(text, mask):
                return mask
    return ""


def refusal(mask: str) -> str:
    """Explain why a call with such a mask is not run, and what to do."""
    shown = mask if len(mask) <= SAID_CHARS else f"{mask[:SAID_CHARS]}…"
    return (
        f"This holds {shown}: the session's log has put stars in place of a secret, "
        "which cannot be had back from it. Read it again where it comes from, and then "
        "use what it really says."
    )


def holds(text: str, mask: str) -> bool:
    """Whether a text contains exactly this mask, not a longer row of stars."""
    at = text.find(mask)
    while at >= 0:
        end = at + len(mask)
        if text[end : end + 1] != "*" and (mask[0] != "*" or text[at - 1 : at] != "*"):
            return True
        at = text.find(mask, at + 1)
    return False


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
