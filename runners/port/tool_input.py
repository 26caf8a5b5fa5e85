import json
from typing import NoReturn

from sessions_app.protocol.encoding.depth import MAX_DEPTH, deeper_than
from sessions_app.protocol.encoding.numbers import read_float, read_integer
from sessions_app.protocol.encoding.surrogates import mend_all
from sessions_app.protocol.wire import Json


class MalformedInput(ValueError):
    """A tool's input is invalid and must not be run; the message says why."""


def parse_input(text: str) -> Json:
    """Parse a tool's whole input strictly; an empty text means no arguments.

    Raises MalformedInput.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(
            text, parse_constant=_refuse, parse_float=read_float, parse_int=read_integer
        )
    except (ValueError, RecursionError) as error:
        raise MalformedInput(f"the input is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedInput("the input is not a JSON object")
    if deeper_than(value, MAX_DEPTH):
        raise MalformedInput(f"the input is nested deeper than {MAX_DEPTH} levels")
    mended: Json = mend_all(value)
    return mended


def unparsed(text: str) -> Json:
    """Wrap an input that could not be parsed: the API requires an object."""
    return {"_unparsed": text} if text else {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON's")
