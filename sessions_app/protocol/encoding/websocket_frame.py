TEXT = 0x81  # first byte of an unfragmented text message
MASKED = 0x80


def websocket_frame(payload: bytes) -> bytes:
    """Return a text message as a server's WebSocket frame (RFC 6455, 5.2).

    A server's frames are not masked, so all viewers can share one.
    """
    size = len(payload)
    if size < 126:
        header = bytes((TEXT, size))
    elif size < 1 << 16:
        header = bytes((TEXT, 126)) + size.to_bytes(2)
    else:
        header = bytes((TEXT, 127)) + size.to_bytes(8)
    return header + payload


def short_text(data: bytes) -> tuple[bytes, bytes] | None:
    """Parse a complete, short (under 126 bytes), masked text message.

    Returns its payload and the bytes after it. None if the data begins with anything
    else; then a full parser must handle the data.
    """
    if len(data) < 6 or data[0] != TEXT or not MASKED <= data[1] < MASKED + 126:
        return None
    size = data[1] - MASKED
    end = 6 + size
    if len(data) < end:
        return None
    mask = (data[2:6] * (size // 4 + 1))[:size]
    payload = int.from_bytes(data[6:end]) ^ int.from_bytes(mask)
    return payload.to_bytes(size), data[end:]
