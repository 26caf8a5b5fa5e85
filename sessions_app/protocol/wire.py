import re
from typing import Any

import msgspec

from sessions_app.protocol.prepared import prepared


def wire_name(class_name: str) -> str:
    """Return the wire name of a class: `TextDelta` -> `text_delta`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class Wire(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=wire_name,
    tag_field="type",
    rename="camel",
    omit_defaults=True,
):
    """A typed value that is sent as one flat JSON object."""

    @classmethod
    def wire_type(cls) -> str:
        return str(cls.__struct_config__.tag)


class WireValue(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """A typed value inside an event or a command."""


@prepared
class Usage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens of one turn, or of a session summed over its turns."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def total(self) -> int:
        """The sum of all tokens, regardless of their price."""
        written = self.cache_creation_tokens + self.output_tokens
        return self.input_tokens + self.cache_read_tokens + written

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_creation_tokens=self.cache_creation_tokens
            + other.cache_creation_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
        )


Json = dict[str, Any]
