import re
from itertools import islice

# A piece is roughly a token: up to four characters and the white space before them. It
# consists of whole code points, so no piece ends inside a UTF-16 surrogate pair.
_PIECE = re.compile(r"\s*\S{1,4}|\s+")


def pieces(text: str) -> list[str]:
    """Split text into token-like pieces; joined, they give the text again."""
    return _PIECE.findall(text)


def filled(text: str, tokens: int) -> str:
    """Repeat a text until it is exactly `tokens` pieces long."""
    # Four characters that are not white space give at least one piece.
    copies = 4 * tokens // max(1, len("".join(text.split()))) + 1
    found = (piece.group() for piece in _PIECE.finditer(text * copies))
    return "".join(islice(found, tokens))
