import re
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import words
from runners.permissions.command_pattern import CommandPattern
from runners.permissions.coverage import uncovered
from runners.permissions.denial.denied_words import DeniedWords
from runners.permissions.denial.loose_reading import (
    readings,
    renames,
    unknown_programs,
    values_apart,
)
from runners.permissions.denial.synonyms import wordings
from runners.permissions.glob import GlobPattern
from runners.permissions.protected_path import protecting_name, same_file_name

_SYNTAX = re.compile(r"([a-z_]+)(?:\((.+)\))?", re.DOTALL)
_NAMES = re.compile(r"[^/{},]+")
COMMAND_MAX_CHARS = 20_000  # longest command that patterns can judge


class RuleError(ValueError):
    """A rule is invalid; the message says why."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule judges: a tool with its command, or the path it leads to."""

    tool: str
    command: str | None = None
    path: str | None = None  # resolved, relative to the working directory
    names: tuple[str, ...] = ()  # the path before each link was followed
    beside_head: tuple[str, ...] = ()  # names in the path that have a sibling HEAD

    @property
    def protected_by(self) -> str:
        """The name that makes its path protected, because programs run it; or ""."""
        return protecting_name(self.path, self.beside_head) if self.path else ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A set of calls that are allowed or denied: `bash(git status *)`.

    A pattern is the words of a command, in which `*` matches anything, or a path glob;
    a bare tool name means all of its calls.
    """

    tool: str
    pattern: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `tool` or `tool(pattern)`. Raises RuleError."""
        found = _SYNTAX.fullmatch(text.strip())
        if found is None:
            raise RuleError(f"{text!r} is no rule: write tool, or tool(pattern)")
        rule = cls(found[1], (found[2] or "").strip())
        rule._check()
        return rule

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool

    def allows(self, action: Action) -> bool:
        """Whether the rule covers a call: a single plain command, or a path."""
        return self.uncovered(action) == ""

    def uncovered(self, action: Action) -> str | None:
        """Why the rule does not cover a call that it matches; "" if it covers it.

        None if the rule does not match, or if the command is not a single plain one.
        """
        if action.tool != self.tool:
            return None
        if action.command is not None:
            return self._uncovered_command(action.command)
        if self.pattern and not (action.path and self._matches(action.path)):
            return None
        protecting = action.protected_by
        if protecting and protecting not in _NAMES.findall(self.pattern):
            return f"it does not name {protecting}"
        return ""

    def denies(self, action: Action) -> bool:
        """Whether the rule matches a path, or its words occur anywhere in a command."""
        if action.tool != self.tool:
            return False
        if not self.pattern:
            return True
        if action.command is None:
            names = (action.path, *action.names)
            folded = GlobPattern.parse(same_file_name(self.pattern))
            return any(
                folded.matches(same_file_name(name))
                for name in names
                if name is not None
            )
        if len(action.command) > COMMAND_MAX_CHARS:
            return True  # too long to analyse
        wanted = CommandPattern.parse(self.pattern)
        return wanted is not None and _occur(wanted, action.command)

    def _uncovered_command(self, command: str) -> str | None:
        if len(command) > COMMAND_MAX_CHARS:
            return None
        found = words(command)
        if found is None:
            return None
        if not self.pattern:
            return uncovered(found, spelled=0)
        wanted = CommandPattern.parse(self.pattern)
        if wanted is None or not wanted.matches(found):
            return None
        return "" if wanted.covers_all else uncovered(found, wanted.spelled)

    def _matches(self, path: str) -> bool:
        return GlobPattern.parse(self.pattern).matches(path)

    def _check(self) -> None:
        if self.tool != "bash" or not self.pattern:
            self._check_glob()
            return
        if self.pattern.endswith(":*"):
            raise RuleError(f"{self}: a space comes before the *, not a colon")
        if CommandPattern.parse(self.pattern) is None:
            raise RuleError(
                f"{self}: a pattern is one plain command, in which * stands for "
                "anything; operators, $ and newlines never match, and ** stands at "
                "the end, after words without *"
            )

    def _check_glob(self) -> None:
        try:
            GlobPattern.parse(self.pattern)
        except ValueError as error:
            raise RuleError(f"{self} has {error}") from None


def _occur(wanted: CommandPattern, command: str) -> bool:
    read = list(dict.fromkeys(map(tuple, readings(command))))
    apart = list(dict.fromkeys(map(tuple, values_apart(read))))
    unknown = [*unknown_programs(command)]
    is_renamed = renames(command)
    return any(
        any(map(words.stand_in, read))
        or (words.has_options and any(map(words.stand_in, apart)))
        or any(map(words.may_begin, unknown))
        or (is_renamed and any(map(words.are_scattered_in, read)))
        for words in map(DeniedWords, wordings(wanted.words))
    )
