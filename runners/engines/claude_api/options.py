from dataclasses import dataclass, field
from typing import Literal

from runners.permissions.mode import PermissionMode
from runners.tools.limits import Limits

Effort = Literal["low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class Options:
    """How one agent works."""

    model: str
    permission_mode: PermissionMode = "default"
    max_tokens: int = 32_000  # of one reply
    thinking: bool = True
    effort: Effort | None = None  # None: the model's own
    instructions: str = ""  # added to the system prompt
    may_spawn: bool = True  # False at the depth limit
    wrapper: tuple[str, ...] = ()  # what commands are started by, see Bash
    environment: tuple[str, ...] = ()  # names of variables that commands get besides
    limits: Limits = field(default_factory=Limits)
