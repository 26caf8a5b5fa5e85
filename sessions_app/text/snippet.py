from sessions_app.text.folding import characters, folded
from sessions_app.text.phrase import Span
from sessions_app.text.query import SearchQuery

AROUND = 80  # characters before and after the first match


def snippet(text: str, query: SearchQuery) -> tuple[str, ...]:
    """Return the text around the first match; every second part is a match."""
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
    """Map spans in the folded text to spans in the text itself, in order."""
    begins = _offsets(text, [begin for begin, _ in spans], ends=False)
    ends = _offsets(text, [end for _, end in spans], ends=True)
    return list(zip(begins, ends, strict=True))


def _offsets(text: str, folds: list[int], ends: bool) -> list[int]:
    """Map ascending offsets in the folded text to offsets in the text itself.

    An offset inside a character that folds to several becomes the character's start,
    or its end if `ends` is true.
    """
    found: list[int] = []
    read = at = 0  # offsets in the folded text, and in the text
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
