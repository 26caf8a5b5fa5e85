import json
from types import MappingProxyType
from typing import NoReturn

from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.encoding.depth import deeper_than
from sessions_app.protocol.encoding.numbers import read_float, read_integer
from sessions_app.protocol.encoding.surrogates import mend, mend_all
from sessions_app.protocol.events import TS_MAX
from sessions_app.protocol.wire import Json

BOM = b"\xef\xbb\xbf"
LINE_MAX_DEPTH = 100
# Other words that programs use for an agent's outcome.
OUTCOMES = MappingProxyType(
    {
        "completed": "success",
        "complete": "success",
        "done": "success",
        "ok": "success",
        "failed": "error",
        "failure": "error",
        "canceled": "cancelled",
    }
)


def read_line(data: bytes) -> Json:
    """Parse a line of JSON into the fields of an event that has a type.

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
        return _usable(value)
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


def _usable(value: object) -> Json:
    if not isinstance(value, dict):
        raise ProtocolError("$", "expected a JSON object")
    if deeper_than(value, LINE_MAX_DEPTH):
        raise ProtocolError("$", "nested too deep")
    if not isinstance(value.get("type"), str) or not value["type"]:
        raise ProtocolError("type", "an event needs a `type`, a non-empty string")
    # A lone surrogate at the end of a delta may be completed by the next delta.
    fields = {mend(k): v if k == "delta" else mend_all(v) for k, v in value.items()}
    ts = fields.get("ts")
    if type(ts) is not int or not 0 <= ts <= TS_MAX:
        fields.pop("ts", None)  # invalid: the log's clock sets it
    fields.pop("seq", None)  # the log assigns sequence numbers
    fields.pop("wholeId", None)  # names an output stored in another database
    fields.pop("unmaskedId", None)
    fields.pop("masked", None)  # only the log sets it
    status = fields.get("status")
    if fields["type"] == "agent_complete" and isinstance(status, str):
        fields["status"] = OUTCOMES.get(status, status)
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ProtocolError("$", f"not JSON: {name} is no number")
