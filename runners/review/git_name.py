import re

# Characters that git escapes by a letter.
_LETTERS = {
    7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\",
}  # fmt: skip
_NEEDS_QUOTES = re.compile('[\x00-\x1f"\x7f\\\\]|[\ud800-\udfff]')


def git_name(name: str) -> str:
    """Write a file's name as UTF-8, quoted and escaped as git does it where needed.

    `name` holds bytes that are not UTF-8 as surrogates. Two names are never written
    alike.
    """
    if not _NEEDS_QUOTES.search(name):
        return name
    return f'"{"".join(map(_escaped, name))}"'


def _escaped(character: str) -> str:
    if not _NEEDS_QUOTES.fullmatch(character):
        return character
    byte = character.encode(errors="surrogateescape")[0]
    return f"\\{_LETTERS.get(byte) or f'{byte:03o}'}"
