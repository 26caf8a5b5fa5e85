"""Reads fields of an agent's JSON; values of an unexpected type are left out."""

import hashlib
import re
from typing import Any

from sessions_app.protocol.wire import Json

# The names that Ringside accepts: see json_lines' names.
_NAME = re.compile(r"[!-~]{1,90}")


def text_of(value: object, default: str = "") -> str:
    return value if isinstance(value, str) else default


def object_of(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Json]:
    """Return the objects of a list, without its other values."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def count_of(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 2**53 else None


def number_of(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value)


def without_empty(fields: Json) -> Json:
    """Drop the fields with empty values."""
    return {k: v for k, v in fields.items() if v not in (None, "", [])}


def name_of(value: Any) -> str:
    """Return an agent's id as a valid name, hashed if necessary; "" if it has no id."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if not text or _NAME.fullmatch(text):
        return text
    return f"h{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:24]}"
