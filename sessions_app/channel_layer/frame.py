from collections.abc import Iterator
from typing import Any

import msgspec

LENGTH_BYTES = 4  # big-endian, before each message
encoder = msgspec.msgpack.Encoder()
decoder = msgspec.msgpack.Decoder(dict[str, Any])


def frame(message: dict[str, Any]) -> bytes:
    """Encode a message for a byte stream, prefixed with its length."""
    data = encoder.encode(message)
    return len(data).to_bytes(LENGTH_BYTES) + data


class Frames:
    """Decodes the messages of a byte stream from chunks of any size."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Add a chunk; yield the messages that are complete now."""
        self._bytes += data
        at = 0
        while (body := at + LENGTH_BYTES) <= len(self._bytes):
            end = body + int.from_bytes(self._bytes[at:body])
            if end > len(self._bytes):
                break
            yield decoder.decode(self._bytes[body:end])
            at = end
        del self._bytes[:at]
