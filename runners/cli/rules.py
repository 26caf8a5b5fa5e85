from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import User

from runners.permissions.rule import Rule, RuleError
from runners.port.errors import RunFailed
from runners.records.rulebook import add_rules, remember_rules
from runners.sandbox.variable_names import BadVariableName, checked_variable
from sessions_app.masking.secret_spans import has_secret
from sessions_app.models import AgentSession

RULE_MAX_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class GivenRules:
    """The permission rules and variable names given on a command line."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    env: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls, allow: Iterable[str], deny: Iterable[str], env: Iterable[str] = ()
    ) -> Self:
        """Validate rules and names. Raises RunFailed."""
        return cls(
            tuple(_checked("--allow", text) for text in allow),
            tuple(_checked("--deny", text) for text in deny),
            tuple(_checked_variable(text) for text in env),
        )

    def give(
        self, session: AgentSession, by: User | None, *, remember: bool = False
    ) -> None:
        """Add the rules to a session's tree, or remember them for its directory."""
        if remember and session.workdir:
            remember_rules(session.workdir, self.allow, self.deny, by, self.env)
        elif self.allow or self.deny or self.env:
            add_rules(session.pk, self.allow, self.deny, self.env)


def _checked_variable(text: str) -> str:
    try:
        return checked_variable(text)
    except BadVariableName as error:
        raise RunFailed("bad_variable", f"--env: {error}") from None


def _checked(option: str, text: str) -> str:
    if len(text) > RULE_MAX_CHARS:
        raise RunFailed("bad_rule", f"{option}: over {RULE_MAX_CHARS:,} characters")
    if has_secret(text):
        why = "rules are stored unencrypted, and this one has a secret: write * instead"
        raise RunFailed("bad_rule", f"{option}: {why}")
    try:
        rule = Rule.parse(text)
    except RuleError as error:
        raise RunFailed("bad_rule", f"{option}: {error}") from None
    # Imported where a rule was given: the tools take a tenth of a second.
    from runners.engines.claude_api.toolbox import TOOLS

    if rule.tool not in TOOLS:
        names = ", ".join(TOOLS)
        raise RunFailed(
            "bad_rule", f"{option}: there is no tool {rule.tool}; the tools are {names}"
        )
    return str(rule)
