from collections.abc import Callable
from typing import Any

from sessions_app.protocol.encoding.utf16 import utf16_len

Mask = Callable[[str], str]


def stars(text: str) -> str:
    """Cover a text; as long as it was in UTF-16, so that every offset stays true."""
    return "*" * utf16_len(text)


def masked(value: Any, mask: Mask) -> Any:
    """Mask every string of a JSON value, keys included."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): masked(one, mask) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one, mask) for one in value]
    return value
