QUOTES = "'\""
# Characters that are literal outside quotes, besides letters and digits. All others
# (operators, substitution, redirects, globs, braces, comments, history) make a command
# more than plain words.
PLAIN = frozenset("_./,:@%+^=-")
# Special to the shell even inside double quotes.
LIVE = frozenset('$`\\"')
NEVER = frozenset("\n\r\0")  # refused even in quotes: a newline ends a command
WILDCARD = "\0"  # a NUL occurs in no command


def words(command: str) -> list[str] | None:
    """Split a command into the words that the shell would pass to its program.

    Returns None unless the command is a single program with plain arguments: no
    operators, substitution, redirects, globs, newlines or variable assignments.
    """
    found = _split(command, wildcards=False)
    if not found or "=" in found[0]:
        return None
    return found


def pattern_words(pattern: str) -> list[str] | None:
    """Split a pattern in the same way; a `*` outside quotes becomes WILDCARD."""
    return _split(pattern, wildcards=True) or None


def _split(text: str, *, wildcards: bool) -> list[str] | None:
    found: list[str] = []
    word: list[str] | None = None  # None between words
    quote = ""
    for char in text:
        if char in NEVER or (quote == '"' and char in LIVE - {quote}):
            return None
        if not quote and char in " \t":
            found += ["".join(word)] if word is not None else []
            word = None
            continue
        word = [] if word is None else word
        if char == quote:
            quote = ""
        elif quote:
            word.append(char)
        elif char in QUOTES:
            quote = char
        elif char == "*" and wildcards:
            word.append(WILDCARD)
        elif _is_plain(char, word):
            word.append(char)
        else:
            return None
    if quote:
        return None
    return found if word is None else [*found, "".join(word)]


def _is_plain(char: str, before: list[str]) -> bool:
    if char == "~":  # at the start of a word the shell expands it to a home directory
        return bool(before) and before[-1] not in "=:"
    return char.isalnum() or char in PLAIN
