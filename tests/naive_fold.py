from collections.abc import Iterable
from typing import Any

Fields = dict[str, Any]


def text_of(events: Iterable[Fields]) -> str:
    """Fold a session's log into all that the agent said, the plain way.

    Raises ValueError where the log has a hole.
    """
    texts: dict[str, str] = {}  # by block, in the order in which they began
    for event in events:
        match event:
            case {"type": "block_start", "kind": "text", "block": block}:
                texts.setdefault(block, "")
            case {"type": "text_delta", "block": block, "offset": at, "delta": delta}:
                texts[block] = utf16_head(texts.get(block, ""), at) + delta
            case {"type": "text", "block": block, "text": text}:
                texts[block] = text
            case {"type": "turn_discarded", "messageId": message}:
                gone = [block for block in texts if block.startswith(f"{message}.")]
                for block in gone:
                    del texts[block]
    return "".join(texts.values())


def utf16_head(text: str, units: int) -> str:
    """Return the first UTF-16 code units of a text. Raises ValueError."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) < 2 * units:
        raise ValueError("an offset beyond the text")
    return encoded[: 2 * units].decode("utf-16-le", "surrogatepass")
