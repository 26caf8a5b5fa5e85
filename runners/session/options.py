from typing import Any, get_args

from django.conf import settings

from runners.engines.claude_api.options import Effort, Options
from runners.permissions.mode import PermissionMode
from runners.port.errors import RunFailed
from runners.tools.limits import Limits
from sessions_app.models import AgentSession

EFFORTS: tuple[Effort, ...] = get_args(Effort)
THINKING = ("adaptive", "off")
PERMISSION_MODES: dict[str, PermissionMode] = {
    "default": "default",
    "acceptEdits": "acceptEdits",
    "plan": "plan",
    "bypass": "bypass",
}


def engine_options(session: AgentSession, told: dict[str, Any], depth: int) -> Options:
    """Say how a session's agent works; `told` are the options of its tree.

    Raises RunFailed.
    """
    return Options(
        model=session.model,
        permission_mode=PERMISSION_MODES[session.permission_mode],
        thinking=_chosen(told, "thinking", THINKING) != "off",
        effort=_effort(told),
        may_spawn=depth < settings.AGENT_DEPTH_MAX,
        wrapper=tuple(settings.BASH_WRAPPER),
        environment=tuple(settings.TOOL_ENVIRONMENT),
        limits=Limits(full_bytes=settings.OUTPUT_MAX_BYTES),
    )


def _effort(told: dict[str, Any]) -> Effort | None:
    chosen = _chosen(told, "effort", EFFORTS)
    return next((effort for effort in EFFORTS if effort == chosen), None)


def _chosen(told: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """Read an option; "" is the model's own way."""
    chosen = told.get(name, "")
    if chosen and chosen not in choices:
        known = ", ".join(choices)
        raise RunFailed("bad_options", f"{name}: {chosen!r} is none of {known}")
    return str(chosen)
