from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from runners.permissions.mode import PermissionMode
from runners.port.engine import SessionBrief
from runners.port.errors import RunFailed
from runners.tools.limits import Limits

Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
THINKING = ("adaptive", "off")
PERMISSION_MODES: tuple[PermissionMode, ...] = get_args(PermissionMode)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one agent."""

    model: str
    permission_mode: PermissionMode = "default"
    max_tokens: int = 32_000  # of one reply
    thinking: bool = True
    effort: Effort | None = None  # None: the model's default
    instructions: str = ""  # added to the system prompt
    may_spawn: bool = True  # False at the depth limit for sub-agents
    wrapper: tuple[str, ...] = ()  # prefix of every shell command, see Bash
    # Names of extra environment variables passed to shell commands.
    environment: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(
        cls,
        brief: SessionBrief,
        *,
        depth_max: int,
        wrapper: tuple[str, ...],
        environment: tuple[str, ...],
        limits: Limits,
    ) -> Self:
        """Build the options of a session. Raises RunFailed."""
        options = brief.tree_options
        effort = _chosen(options, "effort", EFFORTS)
        return cls(
            model=brief.model,
            permission_mode=_mode(brief.permission_mode),
            thinking=_chosen(options, "thinking", THINKING) != "off",
            effort=next((each for each in EFFORTS if each == effort), None),
            may_spawn=brief.depth < depth_max,
            wrapper=wrapper,
            environment=environment,
            limits=limits,
        )


def _mode(name: str) -> PermissionMode:
    for mode in PERMISSION_MODES:
        if mode == name:
            return mode
    raise RunFailed("bad_options", f"permission mode: {name!r} is unknown")


def _chosen(options: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """Read an option; "" means the model's default. Raises RunFailed."""
    chosen = options.get(name, "")
    if chosen and chosen not in choices:
        known = ", ".join(choices)
        raise RunFailed("bad_options", f"{name}: {chosen!r} is none of {known}")
    return str(chosen)
