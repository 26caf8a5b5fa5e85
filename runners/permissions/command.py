QUOTES = "'\""
# What stands for itself outside quotes, besides letters and digits. What is missing
# here (operators, substitution, redirects, globs, braces, comments, history) makes a
# command more than its words.
PLAIN = frozenset("_./,:@%+^=-")
# In double quotes the shell still sees these.
LIVE = frozenset('$`\\"')
NEVER = frozenset("\n\r\0")  # a newline ends a command, even where a quote hides it
WILDCARD = "\0"  # no command holds one


def words(command: str) -> list[str] | None:
    """Split a command into the words that the shell would pass to its program.

    None where it is anything but one program with its arguments: operators,
    substitution, redirects, globs, several lines, variables set before it.
    """
    found = _split(command, wildcards=False)
    if not found or "=" in found[0]:
        return None
    return found


def pattern_words(pattern: str) -> list[str] | None:
    """Split a pattern likewise; a `*` outside quotes becomes WILDCARD."""
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
    if char == "~":  # else the shell names a home directory
        return bool(before) and before[-1] not in "=:"
    return char.isalnum() or char in PLAIN
