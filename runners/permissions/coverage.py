"""Decides which arguments an allow rule covers.

A person who writes `bash(git *)` means git, not `git -c core.pager='…' log`. So a rule
covers the words that it spells out, before its first `*`, and of the others only those
known to do no more than the rule says: see programs.toml. A person is asked about all
others, with the reason.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from runners.permissions.option_grammar import NO_OPTION, OptionGrammar
from runners.permissions.program_table import ProgramRules, programs
from runners.permissions.shell_builtins import SHELL_WORDS

MAX_COMMANDS = 8  # nesting of commands, as in `timeout 5 nice ls`
MATCHED_MAX_CHARS = 2_000  # longest word that is matched against a pattern
_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)


class NotCovered(Exception):
    """The rule does not cover a word; the message says which, and what would."""


def uncovered(words: Sequence[str], spelled: int, depth: int = 0) -> str:
    """Why a rule does not cover a command; "" if it does.

    `spelled`: how many of the first words the rule spells out.
    """
    if spelled >= len(words):
        return ""
    program = PurePosixPath(words[0]).name
    known = programs().get(program)
    if depth >= MAX_COMMANDS:
        return "too many commands start each other"
    if not spelled and (known is None or words[0] != program):
        return f"no rule names {words[0]}"
    if known is None:
        if words[0] in SHELL_WORDS:
            return f"{words[0]} is the shell's own: only a rule without * covers it"
        return (
            f"what {program} does with {words[spelled]} is not known:"
            f" {' '.join(words[:spelled])} ** would cover it"
        )
    try:
        _Reader(words, spelled, depth).check(known)
    except NotCovered as error:
        return str(error)
    return ""


@dataclass(slots=True)
class _Reader:
    """Reads the arguments of one command from left to right."""

    words: Sequence[str]
    spelled: int
    depth: int
    at: int = 0  # index of the next word
    operands: int = 0  # read so far
    options: set[str] = field(default_factory=set)  # read so far
    path: str = ""  # program and sub-commands read so far

    def check(self, program: ProgramRules) -> None:
        """Check the arguments of a program or sub-command. Raises NotCovered."""
        self.path = program.path
        self.operands = 0
        grammar = program.named if self._is_spelled else program.looking
        if grammar and grammar.reads_tree and not self.spelled:
            grammar = None
        self.at += 1
        while self._has_more:
            word = self.words[self.at]
            if word in program.subcommands and not self.operands:
                self.check(programs()[f"{program.path} {word}"])
                return
            if grammar is None or grammar.is_free:
                break
            if self._reads_all(word, grammar):
                return
        if grammar is None:
            raise NotCovered(f"only a rule that names it covers {program.path}")
        self._check_needs(grammar)

    @property
    def _has_more(self) -> bool:
        return self.at < len(self.words)

    @property
    def _is_spelled(self) -> bool:
        return self.at < self.spelled

    def _reads_all(self, word: str, grammar: OptionGrammar) -> bool:
        """Read one word; True if nothing after it needs checking here."""
        if word == "--":
            self._after_dashes(grammar)
            return True
        if grammar.old_style and self.at == 1 and not word.startswith("-"):
            self._check_match(word, grammar.old_style, word)
            return self._option(f"-{word}", grammar)
        if word.startswith("-") and word != "-":
            if grammar.options_first and self.operands and not self._is_spelled:
                raise self._not_covered(word)
            return self._option(word, grammar)
        return self._operand(word, grammar)

    def _after_dashes(self, grammar: OptionGrammar) -> None:
        """Check the words after `--`, which must be operands unless any are free."""
        self.at += 1
        if grammar.is_rest_free:
            return
        for word in self.words[self.at :]:
            if word.startswith("-") and not self._is_spelled:
                raise self._not_covered(word)
            if self._operand(word, grammar):
                return
        self._check_needs(grammar)

    def _check_needs(self, grammar: OptionGrammar) -> None:
        if grammar.needs and not grammar.needs & self.options:
            options = " or ".join(sorted(grammar.needs))
            raise NotCovered(f"{self.path} without {options} does more than look")

    def _option(self, word: str, grammar: OptionGrammar) -> bool:
        """Read a word of one or more options, and the last one's value."""
        if grammar.like is not None and grammar.like.fullmatch(word):
            self.at += 1
            return False
        if word.startswith("--") or not grammar.bundles:
            name, equals, value = word.partition("=")
            return self._one(name, value if equals else None, grammar)
        for number, letter in enumerate(word[1:], 2):
            option, rest = f"-{letter}", word[number:]
            if rest and option in grammar.flags and option not in grammar.ends:
                self.options.add(option)
            else:
                return self._one(option, rest or None, grammar)
        return False

    def _one(self, option: str, value: str | None, grammar: OptionGrammar) -> bool:
        self.options.add(option)
        is_spelled = self._is_spelled
        self.at += 1
        if option in grammar.flags and value is None:
            pass
        elif option in grammar.starts:
            self._started(value)
            return True
        elif option in grammar.attached:
            self._check_value(option, value or "", grammar)
        elif option in grammar.values:
            self._value(option, value, grammar)
        elif not is_spelled:
            self.at -= 1
            raise self._not_covered(option)
        elif option in grammar.spelled and value is None:
            self.at += 1
        return option in grammar.ends

    def _started(self, value: str | None) -> None:
        """Check the program that an option names, and all words after it."""
        attached = [] if value is None else [value]
        spelled = max(0, self.spelled - self.at)
        if attached and self.spelled >= self.at:
            spelled += 1
        words = [*attached, *self.words[self.at :]]
        if words and (why := uncovered(words, spelled, self.depth + 1)):
            raise NotCovered(why)

    def _value(self, option: str, value: str | None, grammar: OptionGrammar) -> None:
        if value is not None:
            self._check_value(option, value, grammar)
        elif self._has_more:
            value = self.words[self.at]
            if not self._is_spelled and option not in grammar.match:
                self._check_match(value, NO_OPTION, f"{option} {value}")
            self.at += 1
            self._check_value(option, value, grammar)

    def _check_value(self, option: str, value: str, grammar: OptionGrammar) -> None:
        wanted = grammar.match.get(option, grammar.value)
        if wanted is not None and self.at > self.spelled:
            self._check_match(value, wanted, f"{option} {value}")

    def _operand(self, word: str, grammar: OptionGrammar) -> bool:
        if grammar.inner is not None and self.operands >= grammar.inner:
            return self._inner(word, grammar)
        if not self._is_spelled:
            if self.operands >= grammar.operands:
                raise self._not_covered(word)
            is_first = not self.operands and grammar.first is not None
            wanted = grammar.first if is_first else grammar.operand
            if wanted is not None:
                self._check_match(word, wanted, word)
        self.operands += 1
        self.at += 1
        return grammar.is_script

    def _inner(self, word: str, grammar: OptionGrammar) -> bool:
        """Check the command that this one starts, and assignments before it."""
        if _ASSIGNMENT.fullmatch(word):
            if not self._is_spelled:
                raise self._not_covered(word)
            self.at += 1
            return False
        if grammar.inner_must_be_spelled and not self._is_spelled:
            raise NotCovered(f"no rule names {word}, which {self.path} would run")
        spelled = max(0, self.spelled - self.at)
        if why := uncovered(self.words[self.at :], spelled, self.depth + 1):
            raise NotCovered(why)
        return True

    def _check_match(self, text: str, wanted: re.Pattern[str], shown: str) -> None:
        if len(text) > MATCHED_MAX_CHARS or not wanted.fullmatch(text):
            raise self._not_covered(shown)

    def _not_covered(self, shown: str) -> NotCovered:
        return NotCovered(f"only a rule that spells it covers {self.path} {shown}")
