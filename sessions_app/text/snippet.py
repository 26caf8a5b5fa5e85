from sessions_app.text.folding import characters, folded
from sessions_app.text.phrase import Span
from sessions_app.text.query import SearchQuery

AROUND = 80  # characters before and after what was found


def snippet(text: str, query: SearchQuery) -> tuple[str, ...]:
    """Cut out of a text what was found; every second part of the result is a match."""
    spans = query.spans(folded(text))
    if not spans:
        return (text[: 2 * AROUND],)
    begin, finish = _unfolded(text, spans[:1])[0]
    start, end = max(0, begin - AROUND), finish + AROUND
    cut = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    parts: list[str] = []
    at = 0
    for begin, finish in _unfolded(cut, query.spans(folded(cut))):
        parts += [cut[at:begin], cut[begin:finish]]
        at = finish
    return (*parts, cut[at:])


def _unfolded(text: str, spans: list[Span]) -> list[Span]:
    """Say where in a text these spans of its folding stand, in order."""
    begins = _offsets(text, [begin for begin, _ in spans], ends=False)
    ends = _offsets(text, [end for _, end in spans], ends=True)
    return list(zip(begins, ends, strict=True))


def _offsets(text: str, folds: list[int], ends: bool) -> list[int]:
    """Find the offsets in a text of ascending ones in its folding.

    Where one character folds to several, it counts from its start, or to its end.
    """
    found: list[int] = []
    read = at = 0  # characters of the folding, and of the text
    for piece, end in characters(text):
        length = len(folded(piece))
        while len(found) < len(folds) and folds[len(found)] <= read + length:
            inside = folds[len(found)] - read
            if piece.isascii() or inside == 0:
                found.append(at + inside)
            else:
                found.append(end if ends or inside == length else at)
        read, at = read + length, end
    return found
