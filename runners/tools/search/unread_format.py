"""Recognizes files whose text cannot be found in their bytes.

Neither ripgrep nor the built-in matcher unpacks files, or reads UTF-32, or UTF-16
without a byte order mark.
"""

import codecs

HEAD_BYTES = 512
_PACKED = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"PK\x03\x04", "zip"),
    (b"%PDF-", "PDF"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")


def unread_format(head: bytes) -> str:
    """Name such a format by the first bytes of a file; "" for any other."""
    for magic, name in _PACKED:
        if head.startswith(magic):
            return name
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""
    if b"\0" in head:
        for encoding in _WIDE:
            if _is_text(head, encoding):
                return f"{encoding[:6].upper()} without a mark"
    return ""


def _is_text(head: bytes, encoding: str) -> bool:
    """Whether bytes decode to printable characters, most of them ASCII.

    Without that share, two bytes of any binary file often make a Chinese character.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    if not all(char.isprintable() or char in "\t\n\r\f" for char in text):
        return False
    return sum(map(str.isascii, text)) * 2 > len(text)
