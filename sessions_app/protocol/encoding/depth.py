from typing import Any

MAX_DEPTH = 64  # nesting of a tool's input; limited because readers recurse


def deeper_than(value: Any, levels: int) -> bool:
    """Return whether a JSON value is nested deeper than `levels`."""
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    items = value.values() if isinstance(value, dict) else value
    return any(deeper_than(item, levels - 1) for item in items)
