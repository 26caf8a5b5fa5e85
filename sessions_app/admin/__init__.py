from sessions_app.admin.commands import CommandAdmin
from sessions_app.admin.diagnostics import DiagnosticsAdmin
from sessions_app.admin.events import EventAdmin
from sessions_app.admin.processes import RunnerProcessAdmin, WebProcessAdmin
from sessions_app.admin.sessions import AgentSessionAdmin

__all__ = [
    "AgentSessionAdmin",
    "CommandAdmin",
    "DiagnosticsAdmin",
    "EventAdmin",
    "RunnerProcessAdmin",
    "WebProcessAdmin",
]
