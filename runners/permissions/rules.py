import glob
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import words
from runners.permissions.rule import COMMAND_MAX_CHARS, Action, Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """The allow and deny rules of a session; deny rules take precedence."""

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> Self:
        """Parse rules as people write them. Raises RuleError."""
        return cls(tuple(map(Rule.parse, allow)), tuple(map(Rule.parse, deny)))

    def allows(self, action: Action) -> bool:
        return any(rule.allows(action) for rule in self.allow)

    def uncovering(self, action: Action) -> str:
        """Why the first matching allow rule does not cover a call; "" if none."""
        for rule in self.allow:
            if why := rule.uncovered(action):
                return f"{rule} does not cover it: {why}"
        return ""

    def denying(self, action: Action) -> Rule | None:
        """The rule that denies the call, if any."""
        return next((rule for rule in self.deny if rule.denies(action)), None)

    def hide(self, path: str, tools: Iterable[str]) -> bool:
        """Whether a deny rule with a pattern names this file, for any of these tools.

        A search is judged by its start directory, so files below that are denied must
        be hidden from its results.
        """
        named = [rule for rule in self.deny if rule.pattern]
        return any(r.denies(Action(tool, path=path)) for r in named for tool in tools)


def rule_for(action: Action) -> str:
    """The rule that "approve for this session" creates; "" if no rule can express it.

    For a command it covers exactly that command, for a protected path exactly that
    path, for other tools all calls.
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
