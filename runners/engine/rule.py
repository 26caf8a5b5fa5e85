import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from runners.engine import escape
from runners.engine.glob_pattern import GlobPattern
from runners.engine.plain_command import WILDCARD, pattern_words, words

_SYNTAX = re.compile(r"([a-z_]+)(?:\((.+)\))?", re.DOTALL)
_BETWEEN = re.compile(r"[\s;&|(){}<>`$'\"\\=]+")  # what parts words, quotes included
COMMAND_MAX_CHARS = 20_000  # of one that can be judged by a pattern


class RuleError(ValueError):
    """A rule that says nothing; tells what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a rule judges: a tool, and the command or the path it was given."""

    tool: str
    command: str | None = None
    path: str | None = None  # where it really lies, from the working directory


@dataclass(frozen=True, slots=True)
class Rule:
    """Which calls somebody wants to have allowed, or denied: `bash(git status *)`.

    A pattern is the words of a command, of which `*` stands for any, or a path's glob;
    a bare name is all of a tool's calls.
    """

    tool: str
    pattern: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `tool` or `tool(pattern)`. Raises RuleError."""
        found = _SYNTAX.fullmatch(text.strip())
        if found is None:
            raise RuleError(f"{text!r} is no rule: write tool, or tool(pattern)")
        rule = cls(found[1], (found[2] or "").strip())
        rule._check()
        return rule

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    def allows(self, deed: Deed) -> bool:
        """Match one plain command, or a path; whatever is more than that is not."""
        if deed.tool != self.tool:
            return False
        if deed.command is not None:
            return self._allows_command(deed.command)
        return self._matches_path(deed)

    def denies(self, deed: Deed) -> bool:
        """Match a path, or a command in which the pattern's words stand anywhere."""
        if deed.tool != self.tool:
            return False
        if not self.pattern or deed.command is None:
            return self._matches_path(deed)
        if len(deed.command) > COMMAND_MAX_CHARS:
            return True  # nobody can tell what is in it
        # Quotes hide nothing: what is in them may be another shell's command.
        found = [word for word in _BETWEEN.split(deed.command) if word]
        anywhere = f"(?:^|{WILDCARD})(?:[^{WILDCARD}]*/)?{_regex(self.pattern)}"
        return re.search(anywhere, _joined(found)) is not None

    def _allows_command(self, command: str) -> bool:
        if len(command) > COMMAND_MAX_CHARS:
            return False
        found = words(command)
        if found is None or escape.escapes(found):
            return False
        if escape.runs_others(found) and not self._names_program():
            return False
        return self._matches(found)

    def _names_program(self) -> bool:
        wanted = pattern_words(self.pattern)
        return wanted is not None and WILDCARD not in wanted[0]

    def _matches(self, found: Iterable[str]) -> bool:
        if not self.pattern:
            return True
        return re.fullmatch(_regex(self.pattern), _joined(found)) is not None

    def _matches_path(self, deed: Deed) -> bool:
        if not self.pattern:
            return True
        return deed.path is not None and GlobPattern.parse(self.pattern).matches(
            deed.path
        )

    def _check(self) -> None:
        if self.tool != "bash" or not self.pattern:
            self._check_glob()
            return
        if self.pattern.endswith(":*"):
            raise RuleError(f"{self}: a space comes before the *, not a colon")
        if pattern_words(self.pattern) is None:
            raise RuleError(
                f"{self}: a pattern is one plain command, in which * stands for "
                "anything; operators, $ and newlines never match"
            )

    def _check_glob(self) -> None:
        try:
            GlobPattern.parse(self.pattern)
        except ValueError as error:
            raise RuleError(f"{self} has {error}") from None


def _joined(found: Iterable[str]) -> str:
    return "".join(f"{word}{WILDCARD}" for word in found)


def _regex(pattern: str) -> str:
    """Match words, each with a WILDCARD behind it: no word holds that character."""
    parts = []
    for word in pattern_words(pattern) or []:
        if set(word) == {WILDCARD}:
            parts.append(f"(?:[^{WILDCARD}]*{WILDCARD})*")
        else:
            pieces = map(re.escape, word.split(WILDCARD))
            parts.append(f"[^{WILDCARD}]*".join(pieces) + WILDCARD)
    return "".join(parts)
