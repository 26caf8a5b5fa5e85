from collections.abc import Callable
from functools import cache
from typing import Any, Literal, get_origin

import msgspec

from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.wire import WireValue

Mask = Callable[[str], str]


def stars(text: str) -> str:
    """Return stars for a text, one for each UTF-16 unit, so that offsets stay valid."""
    return "*" * utf16_len(text)


def masked(value: Any, mask: Mask) -> Any:
    """Mask every string of a JSON value (keys included), or of a typed value.

    Fields of a typed value whose type allows only given names are left as they are.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): masked(one, mask) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one, mask) for one in value]
    if isinstance(value, WireValue):
        names = _free(type(value))
        changes = {name: masked(getattr(value, name), mask) for name in names}
        return msgspec.structs.replace(value, **changes)
    return value


@cache
def _free(cls: type[WireValue]) -> tuple[str, ...]:
    """Return the names of a type's fields that may hold any text."""
    fields = msgspec.structs.fields(cls)
    return tuple(f.name for f in fields if get_origin(f.type) is not Literal)
