def utf16_len(text: str) -> int:
    """Count UTF-16 code units, the unit of every offset (the browser's own)."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char > "\uffff" for char in text)
