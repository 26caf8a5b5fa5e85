"""Which bytes are an image that a browser may be given: it can hold no script."""

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
WEBP_MIN_BYTES = 12


def raster_type(data: bytes) -> str:
    """The media type of a PNG, JPEG, GIF or WebP, by its first bytes; "" of others."""
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
    is_webp = data[:4] == b"RIFF" and data[8:WEBP_MIN_BYTES] == b"WEBP"
    return "image/webp" if is_webp else ""
