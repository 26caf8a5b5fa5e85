from typing import Any

REPLACEMENT = "\ufffd"


def mend(text: str) -> str:
    """Join surrogate pairs; a lone surrogate, which no UTF-8 has, becomes U+FFFD."""
    if text.isascii() or not _has_surrogate(text):
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")


def ends_in_half(text: str) -> bool:
    """Say whether the last character is the first half of a pair."""
    return "\ud800" <= text[-1:] <= "\udbff"


def mend_all(value: Any) -> Any:
    """Mend every string of a JSON value."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [mend_all(item) for item in value]
    if isinstance(value, dict):
        return {mend(key): mend_all(item) for key, item in value.items()}
    return value


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
