import json
import math
from typing import Any, NoReturn

from runners.engine.surrogates import mend_all
from sessions_app.protocol.wire import Json

MAX_DEPTH = 64


class MalformedInput(ValueError):
    """A tool's input that must not be run; says what is wrong with it."""


def parse_input(text: str) -> Json:
    """Parse a tool's whole input strictly; no text at all is no arguments.

    Raises MalformedInput.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedInput(f"the input is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedInput("the input is not a JSON object")
    if _deeper_than(value, MAX_DEPTH):
        raise MalformedInput(f"the input is nested deeper than {MAX_DEPTH} levels")
    mended: Json = mend_all(value)
    return mended


def unparsed(text: str) -> Json:
    """Stand in for an input that could not be parsed: the API wants an object."""
    return {"_unparsed": text} if text else {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON's")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    items = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(item, levels - 1) for item in items)
