from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from runners.permissions.protected_path import HEAD
from runners.permissions.rule import Action
from runners.permissions.rules import Rules

PermissionMode = Literal["default", "acceptEdits", "plan", "bypass"]


class Effect(StrEnum):
    """The kind of side effect that a tool has."""

    NONE = "none"
    WRITE = "write"
    EXECUTE = "execute"


class PermissionVerdict(StrEnum):
    RUN = "run"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a call runs, is asked about or is refused, and why."""

    verdict: PermissionVerdict
    reason: str = ""


_ASKS: dict[PermissionMode, frozenset[Effect]] = {
    "default": frozenset({Effect.WRITE, Effect.EXECUTE}),
    "acceptEdits": frozenset({Effect.EXECUTE}),
    "plan": frozenset(),
    "bypass": frozenset(),
}


def judge(mode: PermissionMode, effect: Effect, action: Action, rules: Rules) -> Ruling:
    """Decide whether a call may run; a deny rule outranks everything else."""
    if denying := rules.denying(action):
        return Ruling(PermissionVerdict.REFUSE, f"Denied by the rule {denying}")
    if effect is Effect.NONE:
        return Ruling(PermissionVerdict.RUN)
    if mode == "plan":
        return Ruling(
            PermissionVerdict.REFUSE, f"Not allowed in the permission mode {mode!r}"
        )
    if action.protected_by:
        effect = Effect.EXECUTE
    if effect in _ASKS[mode] and not rules.allows(action):
        return Ruling(PermissionVerdict.ASK, _why(mode, action, rules))
    return Ruling(PermissionVerdict.RUN)


def _why(mode: PermissionMode, action: Action, rules: Rules) -> str:
    reason = f"{action.tool} needs approval in the mode {mode!r}"
    if action.protected_by == HEAD:
        reason += f": to git a directory with a file {HEAD} is a repository"
    elif action.protected_by:
        reason += f": programs run what a {action.protected_by} says"
    if action.names:
        reason += f"; the path leads to {action.path}"
    if uncovering := rules.uncovering(action):
        reason += f"; {uncovering}"
    return reason
