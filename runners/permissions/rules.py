import glob
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import words
from runners.permissions.rule import COMMAND_MAX_CHARS, Action, Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed without a question, and what is denied: denied wins."""

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> Self:
        """Read rules as people write them. Raises RuleError."""
        return cls(tuple(map(Rule.parse, allow)), tuple(map(Rule.parse, deny)))

    def allows(self, action: Action) -> bool:
        return any(rule.allows(action) for rule in self.allow)

    def uncovering(self, action: Action) -> str:
        """Say why the first rule that matches a call does not cover it; "" if none."""
        for rule in self.allow:
            if why := rule.uncovered(action):
                return f"{rule} does not cover it: {why}"
        return ""

    def denying(self, action: Action) -> Rule | None:
        """The rule that denies it, if any."""
        return next((rule for rule in self.deny if rule.denies(action)), None)

    def hide(self, path: str, tools: Iterable[str]) -> bool:
        """Whether a denial names this file, for any of these tools.

        What searches a directory is judged by where it begins, and must not show what
        is denied below.
        """
        named = [rule for rule in self.deny if rule.pattern]
        return any(r.denies(Action(tool, path=path)) for r in named for tool in tools)


def rule_for(action: Action) -> str:
    """The rule that "approve for this session" makes; "" if no rule can express it.

    Of a command it is that command alone, of a path that is protected that path alone,
    of other tools all calls.
    """
    if action.command is None:
        return _path_rule(action)
    command = action.command.strip()
    if len(command) > COMMAND_MAX_CHARS or words(command) is None:
        return ""
    rule = Rule(action.tool, command)
    return str(rule) if rule.allows(action) else ""


def _path_rule(action: Action) -> str:
    if not action.protected_by:
        return action.tool
    path = action.path or ""
    if glob.escape(path) != path or set(path) & set("{},()"):
        return ""
    rule = Rule(action.tool, path)
    return str(rule) if rule.allows(action) else ""
