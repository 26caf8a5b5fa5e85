import os


def spelled(name: str) -> str:
    """A file name as one line of text; invalid UTF-8 and controls are escaped."""
    text = os.fsencode(name).decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
