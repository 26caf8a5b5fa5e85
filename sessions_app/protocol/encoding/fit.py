from typing import Any

import msgspec

from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import Delta, Event
from sessions_app.protocol.wire import WireValue

BYTES_PER_CHAR = 6  # the most that JSON needs, for a control character: \u00XX
FRAME_BYTES = 4_096  # reserved for an event's other fields
# Limits that `cut` tries in turn: characters per text, items per list or object.
SIZES = ((16_384, 1_024), (4_096, 256), (1_024, 64), (256, 16), (128, 4), (128, 1))
DEPTH_MAX = 12  # levels of nesting that `cut` keeps


class TooLarge(ValueError):
    """An event exceeds the limit even when cut to the smallest of SIZES."""


def split(delta: Delta, max_bytes: int) -> list[Delta]:
    """Split a delta into deltas of at most `max_bytes`, with the right offsets."""
    room = (max_bytes - FRAME_BYTES) // BYTES_PER_CHAR
    pieces, offset = [], delta.offset
    for start in range(0, len(delta.delta), room):
        piece = delta.delta[start : start + room]
        pieces.append(msgspec.structs.replace(delta, offset=offset, delta=piece))
        offset += utf16_len(piece)
    return pieces


def cut(event: Event, whole_id: str, max_bytes: int) -> Event:
    """Cut an event's texts, lists and objects until it fits into `max_bytes`.

    Names and ids are short and stay whole. Raises TooLarge.
    """
    fields = {
        field.name: getattr(event, field.name)
        for field in msgspec.structs.fields(event)
    }
    fields.pop("pace", None)  # the pace describes the whole text only
    for chars, items in SIZES:
        shrunk = {k: _shrunk(v, chars, items, DEPTH_MAX) for k, v in fields.items()}
        shrunk["whole_id"] = whole_id
        short: Event = type(event)(**shrunk)
        if len(encode(short).encode()) + FRAME_BYTES <= max_bytes:
            return short
    raise TooLarge(f"a {event.wire_type()} event cannot be cut to {max_bytes:,} bytes")


def _shrunk(value: Any, chars: int, items: int, depth: int) -> Any:
    match value:
        case str():
            return _cut_text(value, chars)
        case list() | dict() if depth == 0:
            return type(value)()
        case list():
            return [_shrunk(v, chars, items, depth - 1) for v in value[:items]]
        case dict():
            # Keep "type" first: an unknown event's type is one of the entries.
            kept = sorted(value.items(), key=lambda entry: entry[0] != "type")[:items]
            return {
                _cut_text(k, chars): _shrunk(v, chars, items, depth - 1)
                for k, v in kept
            }
        case WireValue():
            names = value.__struct_fields__
            return type(value)(
                **{k: _shrunk(getattr(value, k), chars, items, depth) for k in names}
            )
    return value


def _cut_text(text: str, chars: int) -> str:
    if len(text) <= chars:
        return text
    half = chars // 2
    mark = f"\n[… {len(text) - 2 * half:,} characters left out …]\n"
    return f"{text[:half]}{mark}{text[-half:]}"
