"""The programs that Ringside knows, from programs.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runners.permissions.option_grammar import GrammarError, OptionGrammar


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """The rules for a program or one of its sub-commands."""

    path: str  # such as `git remote show`
    looking: OptionGrammar | None  # grammar under a rule that does not name it
    named: OptionGrammar  # grammar under a rule that names it
    subcommands: frozenset[str]


def _load(file: Path) -> Mapping[str, ProgramRules]:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    looking: str = table.pop("looking")["programs"]
    doing: str = table.pop("doing")["programs"]
    entries: dict[str, Any] = {name: {"is_free": True} for name in looking.split()}
    entries |= {name: {"named": {"is_free": True}} for name in doing.split()}
    for names, entry in table.items():
        entries |= {_new(name.strip(), entries): entry for name in names.split(",")}
    for path in list(entries):
        for parent in accumulate(path.split()[:-1], "{} {}".format):
            entries.setdefault(parent, {"named": {"operands": 0}})
    return MappingProxyType({n: _program(n, e, entries) for n, e in entries.items()})


def _new(path: str, entries: Mapping[str, Any]) -> str:
    if path in entries:
        raise GrammarError(f"{path} has two entries")
    return path


def _program(
    path: str, entry: Mapping[str, Any], entries: Mapping[str, Any]
) -> ProgramRules:
    below = [e.split() for e in entries if e.startswith(f"{path} ")]
    here = len(path.split())
    own = {key: value for key, value in entry.items() if key != "named"}
    try:
        base = OptionGrammar.parse(own)
        named = OptionGrammar.parse(entry.get("named", {}), base)
    except GrammarError as error:
        raise GrammarError(f"{path}: {error}") from None
    subcommands = frozenset(words[here] for words in below)
    # An entry with only `named` is a program that writes or runs others.
    looks = bool(own) or "named" not in entry
    return ProgramRules(path, base if looks else None, named, subcommands)


@cache
def programs() -> Mapping[str, ProgramRules]:
    """Return the rules by path; they are read, in 0.2 s, when they are first needed."""
    return _load(Path(__file__).with_name("programs.toml"))
