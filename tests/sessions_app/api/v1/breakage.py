"""What of the API's description was promised, and does not hold any more.

`python -m tests.sessions_app.api.v1.breakage` writes what is described now into
promised.json; it refuses where that would take a promise back.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROMISED = Path(__file__).parent / "promised.json"
WORDS = frozenset({"description", "title", "summary", "info", "tags", "example"})
Json = dict[str, Any]


def breakages(old: Any, new: Any, at: str = "") -> Iterator[str]:
    """Yield what of `old` is gone, narrower or different in `new`."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() - WORDS):
            if key not in new:
                yield f"{at}/{key} is gone"
            elif key == "required":
                yield from _required(old, new, at)
            else:
                yield from breakages(old[key], new[key], f"{at}/{key}")
        if "required" not in old:
            yield from _required(old, new, at)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, at)
    elif old != new:
        yield f"{at}: {old!r} has become {new!r}"


def _required(old: Json, new: Json, at: str) -> Iterator[str]:
    """What a client must send may become less, what it gets may become more."""
    before, now = old.get("required"), new.get("required")
    if isinstance(before, list) or isinstance(now, list):
        is_sent = at.endswith("In") or "/requestBody" in at
        less, more = set(before or ()), set(now or ())
        for name in sorted(more - less if is_sent else less - more):
            yield f"{at}: {name} is {'newly' if is_sent else 'no longer'} required"
    elif now and not before:
        yield f"{at} is newly required"


def _items(old: list[Any], new: list[Any], at: str) -> Iterator[str]:
    named = {one["name"]: one for one in new if isinstance(one, dict) and "name" in one}
    for one in old:
        if isinstance(one, dict) and "name" in one:
            if one["name"] in named:
                found = named[one["name"]]
                yield from breakages(one, found, f"{at}/{one['name']}")
            else:
                yield f"{at}/{one['name']} is gone"
        elif one not in new:
            yield f"{at}: {one!r} is gone"
    known = {one["name"] for one in old if isinstance(one, dict) and "name" in one}
    for name, one in named.items():
        if name not in known and one.get("required"):
            yield f"{at}/{name} is newly required"


def promised() -> Json:
    found: Json = json.loads(PROMISED.read_text("utf-8"))
    return found


def described() -> Json:
    from sessions_app.api.v1.api import api

    found: Json = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    now = described()
    broken = list(breakages(promised(), now)) if PROMISED.exists() else []
    for one in broken:
        sys.stderr.write(f"{one}\n")
    if broken:
        return 1
    PROMISED.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
