import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

ANY_NUMBER = 1 << 30
# A separate value that begins with a dash might be an option, if the table is wrong
# about the option before it. Numbers are common: `-mtime -1`.
NO_OPTION = re.compile(r"(?!-)[\s\S]*|-\d+\w?")
_OPTION = re.compile(r"--[\w-]+|-\S+")


class GrammarError(ValueError):
    """An entry of programs.toml is invalid; the message says which and why."""


@dataclass(frozen=True, slots=True)
class OptionGrammar:
    """The options and operands of a program or sub-command that rules cover.

    Anything not listed is not covered, so a person is asked about a program's new
    options.
    """

    flags: frozenset[str] = frozenset()  # options without a value
    values: frozenset[str] = frozenset()  # take a value, attached or as the next word
    # may take an attached value, never the next word
    attached: frozenset[str] = frozenset()
    # covered only if the rule spells them; may take a value
    spelled: frozenset[str] = frozenset()
    # all words after these and their value are covered
    ends: frozenset[str] = frozenset()
    # the value names a program, which gets all later words
    starts: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()  # one of these is required
    like: re.Pattern[str] | None = None  # words that are covered as a whole
    value: re.Pattern[str] | None = None  # required form of every value
    # required form of the value, by option
    match: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    operands: int = ANY_NUMBER
    first: re.Pattern[str] | None = None  # required form of the first operand
    operand: re.Pattern[str] | None = None  # required form of each operand
    reads_tree: bool = False  # runs or writes what files of the directory name
    is_free: bool = False  # any argument
    is_script: bool = False  # any argument after the first operand
    is_rest_free: bool = False  # any argument after `--`
    options_first: bool = False  # after an operand, words with a dash are operands too
    bundles: bool = True  # -abc is three options
    # form of a first word of options without a dash
    old_style: re.Pattern[str] | None = None
    inner: int | None = None  # after so many operands, another command follows
    inner_must_be_spelled: bool = False

    @classmethod
    def parse(cls, entry: Mapping[str, Any], base: Self | None = None) -> Self:
        """Parse an entry, which extends `base`. Raises GrammarError."""
        grammar = base or cls()
        return replace(grammar, **dict(_fields(entry, grammar)))


def _fields(entry: Mapping[str, Any], base: OptionGrammar) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        match key:
            case (
                "flags"
                | "values"
                | "attached"
                | "spelled"
                | "ends"
                | "starts"
                | "needs"
            ):
                yield key, getattr(base, key) | _options(value)
            case "like" | "value" | "first" | "operand" | "old_style":
                yield key, re.compile(value, re.DOTALL)
            case "match":
                patterns = {k: re.compile(v, re.DOTALL) for k, v in value.items()}
                yield key, MappingProxyType({**base.match, **patterns})
            case _ if key in OptionGrammar.__slots__:
                yield key, value
            case _:
                raise GrammarError(f"there is no key {key!r}")


def _options(text: str) -> frozenset[str]:
    options = text.split()
    for option in options:
        if not _OPTION.fullmatch(option):
            raise GrammarError(f"{option!r} is no option")
    return frozenset(options)
