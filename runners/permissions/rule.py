import re
from dataclasses import dataclass
from typing import Self

from runners.permissions import dangerous_options as escape
from runners.permissions.command import words
from runners.permissions.command_pattern import CommandPattern
from runners.permissions.glob import GlobPattern

_SYNTAX = re.compile(r"([a-z_]+)(?:\((.+)\))?", re.DOTALL)
_BETWEEN = re.compile(r"[\s;&|(){}<>`$'\"\\=]+")  # what parts words, quotes included
_QUOTES = re.compile(r"""\\\n|['"\\]""")  # what a shell takes out of a word
PROTECTED = ".git"
COMMAND_MAX_CHARS = 20_000  # of one that can be judged by a pattern


class RuleError(ValueError):
    """A rule that says nothing; tells what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule judges: a tool, and the command or the path it was given."""

    tool: str
    command: str | None = None
    path: str | None = None  # where it really lies, from the working directory

    @property
    def is_protected(self) -> bool:
        """Whether it has to do with a repository's hooks and configuration.

        They say which programs git runs, so to write there is to run commands.
        """
        return self.path is not None and PROTECTED in self.path.lower().split("/")


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

    def allows(self, action: Action) -> bool:
        """Match one plain command, or a path; whatever is more than that is not."""
        if action.tool != self.tool:
            return False
        if action.command is not None:
            return self._allows_command(action.command)
        if action.is_protected and PROTECTED not in self.pattern:
            return False  # only a rule that names it means it
        return self._matches_path(action)

    def denies(self, action: Action) -> bool:
        """Match a path, or a command in which the pattern's words stand anywhere."""
        if action.tool != self.tool:
            return False
        if not self.pattern or action.command is None:
            return self._matches_path(action)
        if len(action.command) > COMMAND_MAX_CHARS:
            return True  # nobody can tell what is in it
        wanted = CommandPattern.parse(self.pattern)
        return wanted is not None and any(
            map(wanted.stands_in, _readings(action.command))
        )

    def _allows_command(self, command: str) -> bool:
        if len(command) > COMMAND_MAX_CHARS:
            return False
        found = words(command)
        if found is None or escape.escapes(found):
            return False
        wanted = CommandPattern.parse(self.pattern)
        if escape.runs_others(found) and not (wanted and wanted.names_program):
            return False
        return not self.pattern or (wanted is not None and wanted.matches(found))

    def _matches_path(self, action: Action) -> bool:
        if not self.pattern:
            return True
        return action.path is not None and GlobPattern.parse(self.pattern).matches(
            action.path
        )

    def _check(self) -> None:
        if self.tool != "bash" or not self.pattern:
            self._check_glob()
            return
        if self.pattern.endswith(":*"):
            raise RuleError(f"{self}: a space comes before the *, not a colon")
        if CommandPattern.parse(self.pattern) is None:
            raise RuleError(
                f"{self}: a pattern is one plain command, in which * stands for "
                "anything; operators, $ and newlines never match"
            )

    def _check_glob(self) -> None:
        try:
            GlobPattern.parse(self.pattern)
        except ValueError as error:
            raise RuleError(f"{self} has {error}") from None


def _readings(command: str) -> list[list[str]]:
    """Split a command into words, roughly, whatever the shell would make of it.

    Quotes hide nothing: what is in them may be another shell's command. Nor do they
    part a word: g"i"t is git.
    """
    readings = (command, _QUOTES.sub("", command))
    return [[w for w in _BETWEEN.split(text) if w] for text in readings]
