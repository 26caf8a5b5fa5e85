from typing import Any

REPLACEMENT = "\ufffd"


def mend(text: str) -> str:
    """Join surrogate pairs; replace lone surrogates (invalid in UTF-8) by U+FFFD."""
    if text.isascii() or not _has_surrogate(text):
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")


def ends_in_half(text: str) -> bool:
    """Return whether the last character is the first half of a surrogate pair."""
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
