import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

ANY_NUMBER = 1 << 30
# A value that is a word of its own and begins with a dash could be an option in truth,
# where the table is wrong about the option before it. Numbers are common: `-mtime -1`.
NO_OPTION = re.compile(r"(?!-)[\s\S]*|-\d+\w?")
_OPTION = re.compile(r"--[\w-]+|-\S+")


class GrammarError(ValueError):
    """An entry of programs.toml that cannot be read; says which, and why."""


@dataclass(frozen=True, slots=True)
class OptionGrammar:
    """The options and operands of a program, or of a sub-command, that rules cover.

    What is not listed here is not covered: new options of a program are asked about.
    """

    flags: frozenset[str] = frozenset()  # take no value
    values: frozenset[str] = frozenset()  # take one, attached or as the next word
    attached: frozenset[str] = frozenset()  # may take one, never as the next word
    spelled: frozenset[str] = frozenset()  # take any; only where the rule has them
    ends: frozenset[str] = frozenset()  # what comes after these and their value is free
    needs: frozenset[str] = frozenset()  # one of these has to be there
    like: re.Pattern[str] | None = None  # words that are covered as they are
    value: re.Pattern[str] | None = None  # what every value has to match
    match: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # by option
    operands: int = ANY_NUMBER
    first: re.Pattern[str] | None = None  # what the first operand has to match
    operand: re.Pattern[str] | None = None  # what each has to match
    reads_tree: bool = False  # runs or writes what lies in the directory says
    is_free: bool = False  # any argument
    is_script: bool = False  # any argument after the first operand
    is_rest_free: bool = False  # any argument after `--`
    options_first: bool = False  # after an operand, a word with a dash is one too
    bundles: bool = True  # -abc are three options, not one
    old_style: re.Pattern[str] | None = None  # a first word that lacks its dash only
    inner: int | None = None  # so many operands, then comes another command
    inner_must_be_spelled: bool = False

    @classmethod
    def parse(cls, entry: Mapping[str, Any], base: Self | None = None) -> Self:
        """Read an entry, which adds to `base`. Raises GrammarError."""
        grammar = base or cls()
        return replace(grammar, **dict(_fields(entry, grammar)))


def _fields(entry: Mapping[str, Any], base: OptionGrammar) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        match key:
            case "flags" | "values" | "attached" | "spelled" | "ends" | "needs":
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
