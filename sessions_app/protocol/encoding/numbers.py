"""JSON numbers that are encoded exactly as they were read.

Python's integers keep every digit. A float keeps its value but not its spelling (`1e3`,
`0.10`), so a WrittenFloat stores the spelling if it differs from Python's own.
"""

import math
from typing import Any

import msgspec

DIGITS_MAX = 4_300  # digits of the longest integer that Python parses


class WrittenFloat(float):
    """A float that keeps its original spelling."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> "WrittenFloat":
        value = super().__new__(cls, written)
        value.written = written
        return value

    def __str__(self) -> str:
        return self.written

    def __reduce__(self) -> tuple[type["WrittenFloat"], tuple[str]]:
        return WrittenFloat, (self.written,)


def read_float(written: str) -> float:
    """Parse a JSON number with a fraction or an exponent.

    Raises ValueError if the number is too large for a double.
    """
    value = float(written)
    if math.isinf(value):
        raise ValueError(f"the number {written[:20]} is out of range")
    return value if repr(value) == written else WrittenFloat(written)


def read_integer(written: str) -> int | float:
    """Parse a JSON number without fraction and exponent.

    Raises ValueError if it has more than DIGITS_MAX characters.
    """
    if len(written) > DIGITS_MAX:
        raise ValueError(f"the number {written[:20]}… is out of range")
    return WrittenFloat(written) if written == "-0" else int(written)


def plain(value: Any) -> Any:
    """Return the value with ordinary floats, for code that checks exact types."""
    if isinstance(value, WrittenFloat):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def encode_json(value: Any) -> bytes:
    """Encode a JSON value, with each number in its original spelling."""
    return encoder.encode(value)


def decode_json(data: str | bytes) -> Any:
    """Decode stored JSON; `encode_json` restores the spelling of its numbers."""
    return _decoder.decode(data)


def _spelled(value: Any) -> msgspec.Raw:
    if isinstance(value, WrittenFloat):
        return msgspec.Raw(value.written.encode())
    raise TypeError(f"{type(value).__name__} is no JSON value")


encoder = msgspec.json.Encoder(enc_hook=_spelled)
_decoder = msgspec.json.Decoder(float_hook=read_float)
