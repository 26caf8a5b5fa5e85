from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from runners.permissions.rule import Action
from runners.permissions.rules import Rules

PermissionMode = Literal["default", "acceptEdits", "plan", "bypass"]


class Effect(StrEnum):
    """What a tool does to the world."""

    NONE = "none"
    WRITE = "write"
    EXECUTE = "execute"


class PermissionVerdict(StrEnum):
    RUN = "run"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a call, and why."""

    verdict: PermissionVerdict
    reason: str = ""


_ASKS: dict[PermissionMode, frozenset[Effect]] = {
    "default": frozenset({Effect.WRITE, Effect.EXECUTE}),
    "acceptEdits": frozenset({Effect.EXECUTE}),
    "plan": frozenset(),
    "bypass": frozenset(),
}


def judge(mode: PermissionMode, effect: Effect, action: Action, rules: Rules) -> Ruling:
    """Say whether a call may run: a rule that denies it wins over all else."""
    if denying := rules.denying(action):
        return Ruling(PermissionVerdict.REFUSE, f"Denied by the rule {denying}")
    if effect is Effect.NONE:
        return Ruling(PermissionVerdict.RUN)
    if mode == "plan":
        return Ruling(
            PermissionVerdict.REFUSE, f"Not allowed in the permission mode {mode!r}"
        )
    if action.is_protected:
        effect = Effect.EXECUTE
    if effect in _ASKS[mode] and not rules.allows(action):
        reason = f"{action.tool} needs approval in the mode {mode!r}"
        return Ruling(PermissionVerdict.ASK, reason)
    return Ruling(PermissionVerdict.RUN)
