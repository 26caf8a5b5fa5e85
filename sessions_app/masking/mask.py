from collections.abc import Callable
from typing import Any

import msgspec

from sessions_app.protocol.utf16 import utf16_len

Mask = Callable[[str], str]


def stars(text: str) -> str:
    """Cover a text; as long as it was in UTF-16, so that every offset stays true."""
    return "*" * utf16_len(text)


def covering(secret: str) -> Mask:
    """Cover one text wherever it occurs in another, as it is or as JSON writes it."""
    forms = {secret, msgspec.json.encode(secret)[1:-1].decode()}

    def mask(text: str) -> str:
        for form in forms:
            text = text.replace(form, stars(form))
        return text

    return mask


def masked(value: Any, mask: Mask) -> Any:
    """Mask every string of a JSON value, keys included."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): masked(one, mask) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one, mask) for one in value]
    return value
