from collections.abc import Iterator
from typing import Any

from sessions_app.masking.mask import masked
from sessions_app.masking.secrets import secret_spans, without_secrets
from sessions_app.protocol.wire import Json

PREFIX_CHARS = 80  # before a covered piece, which tell one from another


def uncovered(edited: Json, original: Json) -> Json:
    """Put secrets back into an input that a person has edited as it was shown, masked.

    Where two secrets look the same once they are masked, neither is put back.
    """
    secrets = dict(_pieces(original))
    ambiguous = {
        cover for cover, secret in _pieces(original) if secrets[cover] != secret
    }

    def restore(text: str) -> str:
        for cover in sorted(secrets.keys() - ambiguous, key=len, reverse=True):
            text = text.replace(cover, secrets[cover])
        return text

    restored: Json = masked(edited, restore)
    return restored


def _pieces(value: Any) -> Iterator[tuple[str, str]]:
    """Pair each masked word of an input with the word itself."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _pieces(key)
            yield from _pieces(one)
    elif isinstance(value, list):
        for one in value:
            yield from _pieces(one)
    elif isinstance(value, str):
        cover = without_secrets(value)
        for start, end in secret_spans(value):
            while start > 0 and not value[start - 1].isspace() and end - start < 4096:
                start -= 1
                if value[start] in "\"'=: ":
                    start += 1
                    break
            yield cover[start:end], value[start:end]
