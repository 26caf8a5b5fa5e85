from collections.abc import Iterator
from typing import Any

from sessions_app.masking.mask import masked
from sessions_app.masking.secret_spans import secret_spans, without_secrets
from sessions_app.protocol.wire import Json

PREFIX_CHARS = 80  # before a covered piece; they tell equally long secrets apart


def uncovered(edited: Json, original: Json) -> Json:
    """Restore the secrets in a tool input that a person edited in its masked form.

    A masked word that stands for two different secrets stays masked.
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
    """Yield each masked word of an input together with the original word."""
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
