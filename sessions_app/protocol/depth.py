from typing import Any

MAX_DEPTH = 64  # of what a tool is given; who reads a value goes down by calls


def deeper_than(value: Any, levels: int) -> bool:
    """Tell whether lists and objects of a JSON value lie deeper in each other."""
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    items = value.values() if isinstance(value, dict) else value
    return any(deeper_than(item, levels - 1) for item in items)
