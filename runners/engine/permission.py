from collections.abc import Collection
from enum import StrEnum
from typing import Literal

PermissionMode = Literal["default", "acceptEdits", "plan", "bypass"]


class Effect(StrEnum):
    """What a tool does to the world."""

    NONE = "none"
    WRITE = "write"
    EXECUTE = "execute"


class Verdict(StrEnum):
    RUN = "run"
    ASK = "ask"
    REFUSE = "refuse"


_ASKS: dict[PermissionMode, frozenset[Effect]] = {
    "default": frozenset({Effect.WRITE, Effect.EXECUTE}),
    "acceptEdits": frozenset({Effect.EXECUTE}),
    "plan": frozenset(),
    "bypass": frozenset(),
}


def judge(
    mode: PermissionMode, tool: str, effect: Effect, allowed: Collection[str]
) -> Verdict:
    """Say whether a tool may run; `allowed` are approved for the session."""
    if effect is Effect.NONE:
        return Verdict.RUN
    if mode == "plan":
        return Verdict.REFUSE
    if effect in _ASKS[mode] and tool not in allowed:
        return Verdict.ASK
    return Verdict.RUN
