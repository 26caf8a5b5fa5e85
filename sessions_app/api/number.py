DIGITS_MAX = 19  # those of the largest number that a database takes


def read_number(text: str) -> int | None:
    """Read a whole number of an address, None where it is none, or far too long."""
    is_one = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_one else None
