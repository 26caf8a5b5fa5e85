"""Events of every type with a text in every field that can hold one, by reflection."""

from typing import Any, get_args

import msgspec

from sessions_app.protocol.events import Event
from sessions_app.protocol.wire import WireValue


def filled(kind: type[Event], secret: str) -> Event:
    """An event with a secret in each field that can hold a text."""
    left_out = {"whole_id", "unmasked_id", "more", "masked"}
    more = {"unknown": {secret: [secret]}}
    return kind(**_filled(kind, secret, left_out), more=more)


def _filled(
    kind: type[msgspec.Struct], secret: str, left_out: set[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name in left_out:
            continue
        typed = [arg for arg in get_args(field.type) if _is_value(arg)]
        candidates: list[Any] = [
            *([arg(**_filled(arg, secret, set()))] for arg in typed),
            secret,
            {"a": [secret]},
            [{secret: secret}],
            {secret: secret},
        ]
        for value in candidates:
            try:
                values[field.name] = msgspec.convert(value, field.type)
                break
            except msgspec.ValidationError:
                continue
        else:
            values |= {} if not field.required else {field.name: _plain(field.type)}
    return values


def _is_value(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, WireValue)


def _plain(kind: Any) -> Any:
    candidates: list[Any] = [
        1,
        False,
        {},
        [],
        "idle",
        "text",
        "success",
        "approved",
        "allow_once",
    ]
    for value in candidates:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            continue
    raise AssertionError(kind)
