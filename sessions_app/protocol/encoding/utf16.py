def utf16_len(text: str) -> int:
    """Count UTF-16 code units, the unit of every offset, as in browsers."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char > "\uffff" for char in text)
