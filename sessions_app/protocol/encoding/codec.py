import re
from collections.abc import Collection, Iterator
from types import MappingProxyType
from typing import Any, cast, get_args

import msgspec

from sessions_app.protocol import review_events  # noqa: F401 registers its events
from sessions_app.protocol.commands import AnyCommand, Approve, Command
from sessions_app.protocol.encoding.depth import MAX_DEPTH, deeper_than
from sessions_app.protocol.encoding.numbers import (
    WrittenFloat,
    encoder,
    plain,
    read_float,
)
from sessions_app.protocol.events import Event, UnknownEvent
from sessions_app.protocol.frames import AnyClientFrame
from sessions_app.protocol.prepared import prepare
from sessions_app.protocol.wire import Json, Wire, WireValue

ENVELOPE = frozenset(
    {"type", "sessionId", "seq", "ts", "wholeId", "masked", "unmaskedId"}
)
MISSING = re.compile(r"Object missing required field `(\w+)`")


class ProtocolError(ValueError):
    """The input violates the protocol; names the field and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def concrete(base: type[Event]) -> Iterator[type[Event]]:
    """Yield the classes that are sent on the wire: the leaf subclasses of `base`."""
    children = base.__subclasses__()
    if not children:
        yield base
    for child in children:
        yield from concrete(child)


EVENT_TYPES = MappingProxyType(
    {cls.wire_type(): cls for cls in concrete(Event) if cls is not UnknownEvent}
)
prepare(*EVENT_TYPES.values(), UnknownEvent)
_FIELDS = MappingProxyType(  # wire names of fields by event type, without `more`
    {
        name: frozenset(f.encode_name for f in msgspec.structs.fields(cls)) - {"more"}
        for name, cls in EVENT_TYPES.items()
    }
)
FIELD_NAMES = frozenset({"type"}.union(*_FIELDS.values()))  # wire names of all fields
VALUE_LISTS = frozenset(  # wire names of the fields that hold lists of typed values
    field.encode_name
    for cls in EVENT_TYPES.values()
    for field in msgspec.structs.fields(cls)
    for arg in get_args(field.type)
    if isinstance(arg, type) and issubclass(arg, WireValue)
)
_any_json = msgspec.json.Decoder(float_hook=read_float)
_client_frames = msgspec.json.Decoder(AnyClientFrame)
_commands = msgspec.json.Decoder(AnyCommand, float_hook=read_float)


def encode(value: Wire) -> str:
    """Encode any typed value as one line of JSON."""
    if isinstance(value, Event) and value.more:
        return _encode_with_more(value)
    return encoder.encode(value).decode()


def decode_event(line: str | bytes) -> Event:
    """Decode one event; fields that this version does not know are kept in `more`.

    Raises ProtocolError.
    """
    return read_event(_fields(line))


def read_event(fields: Json) -> Event:
    """Build an event from decoded fields, as `decode_event` does.

    Raises ProtocolError.
    """
    name = fields.get("type")
    if not isinstance(name, str) or not name:
        raise ProtocolError("type", "an event needs a `type`, a non-empty string")
    cls = EVENT_TYPES.get(name)
    if cls is None:
        return _unknown(fields)
    known = _FIELDS[name]
    more = {k: v for k, v in fields.items() if k not in known and k != "type"}
    event = _convert({k: v for k, v in fields.items() if k not in more}, cls)
    return msgspec.structs.replace(event, more=more) if more else event


def decode_command(line: str | bytes) -> Command:
    """Decode one command. Raises ProtocolError."""
    command = cast(Command, _decode(line, _commands))
    if isinstance(command, Approve):
        for name in ("input", "answers"):
            if deeper_than(getattr(command, name), MAX_DEPTH):
                raise ProtocolError(name, f"nested deeper than {MAX_DEPTH} levels")
    return command


def decode_client_frame(text: str | bytes) -> AnyClientFrame:
    """Decode a frame from a browser. Raises ProtocolError."""
    return cast(AnyClientFrame, _decode(text, _client_frames))


def _encode_with_more(event: Event) -> str:
    known = encoder.encode(msgspec.structs.replace(event, more={})).decode()
    names = {*event.__struct_encode_fields__, "type"}
    names.discard("more")
    if isinstance(event, UnknownEvent):
        # The event's real type is the one in `more`.
        tag = encoder.encode({"type": event.wire_type()}).decode()
        known = (
            encoder.encode({"type": event.more["type"]}).decode()[:-1]
            + known[len(tag) - 1 :]
        )
    more = encoder.encode(_without(event.more, names)).decode()
    return known if more == "{}" else f"{known[:-1]},{more[1:]}"


def _without(more: Json, taken: Collection[str]) -> Json:
    return {k: v for k, v in more.items() if k not in taken}


def _unknown(fields: Json) -> Event:
    stamp = {k: v for k, v in fields.items() if k in ENVELOPE and k != "type"}
    event = _convert({**stamp, "type": UnknownEvent.wire_type()}, UnknownEvent)
    more = {k: v for k, v in fields.items() if k not in stamp}
    return msgspec.structs.replace(event, more=more)


def _fields(line: str | bytes) -> Json:
    value = _decode(line, _any_json)
    if not isinstance(value, dict):
        raise ProtocolError("$", "expected a JSON object")
    return value


def _convert(fields: Json, cls: type[Event]) -> Event:
    # Typed fields become ordinary floats; numbers nested in `input` and the like keep
    # their spelling.
    typed = {
        k: plain(v) if k in VALUE_LISTS or isinstance(v, WrittenFloat) else v
        for k, v in fields.items()
    }
    try:
        return msgspec.convert(typed, cls)
    except msgspec.ValidationError as error:
        raise _named(error) from None


def _decode(line: str | bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise _named(error) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ProtocolError("$", f"not JSON: {error}") from None
    except RecursionError:
        raise ProtocolError("$", "nested too deep") from None


def _named(error: msgspec.ValidationError) -> ProtocolError:
    reason, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    if missing := MISSING.fullmatch(reason):
        return ProtocolError(".".join(filter(None, (field, missing[1]))), "is missing")
    return ProtocolError(field or "$", reason)
