import os


def spelled(name: str) -> str:
    """A file name as one line of text: bytes that are none, and controls, escaped."""
    text = os.fsencode(name).decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
