import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from runners.port.tool_input import MalformedInput, parse_input
from sessions_app.protocol.events import TS_MAX
from sessions_app.protocol.wire import Json

UUID = re.compile(r"[!-~]{8,64}")


class BadEntry(ValueError):
    """A transcript entry whose format this version cannot read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a transcript: a line of a file, or a row of a database.

    `key` is the record's permanent id: the agent's own where it gives one (`is_named`),
    which identifies the record across transcripts; otherwise a hash of the record's
    text, which two equal records share.
    """

    key: str
    data: Json
    is_named: bool


def read_entry(line: bytes) -> Entry:
    """Read one line of a transcript. Raises BadEntry."""
    try:
        data = parse_input(line.decode())
    except UnicodeDecodeError as error:
        raise BadEntry(f"not UTF-8 at byte {error.start}") from None
    except MalformedInput as error:
        raise BadEntry(str(error).replace("the input", "it")) from None
    uuid = data.get("uuid")
    if isinstance(uuid, str) and UUID.fullmatch(uuid):
        return Entry(uuid, data, is_named=True)
    return Entry(key_of_text(line), data, is_named=False)


def key_of_text(line: bytes) -> str:
    """Make the key of a record that has no name of its own."""
    return "#" + hashlib.blake2b(line, digest_size=8).hexdigest()


def time_of(value: object, otherwise: int) -> int:
    """Read a timestamp in ISO 8601, or a number of ms or s, as ms since 1970."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value).timestamp() * 1000
        except (ValueError, OverflowError):
            return otherwise
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    ms = value * 1000 if 0 < value < 10**11 else value
    return round(ms) if 0 < ms <= TS_MAX else otherwise


def encoded(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False)
