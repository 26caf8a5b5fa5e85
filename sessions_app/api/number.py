DIGITS_MAX = 19  # digits of the largest integer that a database stores


def read_number(text: str) -> int | None:
    """Parse a whole number of a URL; None if it is no number, or far too long."""
    is_one = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_one else None
