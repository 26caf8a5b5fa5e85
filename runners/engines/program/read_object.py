import json
from typing import NoReturn

from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.encoding.depth import deeper_than
from sessions_app.protocol.encoding.numbers import read_float, read_integer
from sessions_app.protocol.wire import Json

BOM = b"\xef\xbb\xbf"
LINE_MAX_DEPTH = 100


def read_object(data: bytes) -> Json:
    """Parse a line that holds one JSON object, at most LINE_MAX_DEPTH levels deep.

    The json module is used because it accepts a lone surrogate, which JavaScript writes
    for a text cut in the middle of a pair. Raises ProtocolError.
    """
    try:
        text = data.removeprefix(BOM).decode()
        value = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=read_integer,
            parse_float=read_float,
        )
    except ProtocolError:
        raise
    except UnicodeDecodeError as error:
        raise ProtocolError("$", f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise ProtocolError("$", "nested too deep") from None
    except json.JSONDecodeError as error:
        raise ProtocolError("$", f"not JSON: {error}") from None
    except ValueError as error:  # a number out of range
        raise ProtocolError("$", str(error)) from None
    if not isinstance(value, dict):
        raise ProtocolError("$", "expected a JSON object")
    if deeper_than(value, LINE_MAX_DEPTH):
        raise ProtocolError("$", "nested too deep")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ProtocolError("$", f"not JSON: {name} is no number")
