from sessions_app.console.api_tokens import ApiTokenAdmin
from sessions_app.console.commands import CommandAdmin
from sessions_app.console.diagnostics import DiagnosticsAdmin
from sessions_app.console.events import EventAdmin
from sessions_app.console.processes import RunnerProcessAdmin, WebProcessAdmin
from sessions_app.console.sessions.sessions import AgentSessionAdmin
from sessions_app.console.users import RingsideUserAdmin
from sessions_app.console.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

__all__ = [
    "AgentSessionAdmin",
    "ApiTokenAdmin",
    "CommandAdmin",
    "DiagnosticsAdmin",
    "EventAdmin",
    "RingsideUserAdmin",
    "RunnerProcessAdmin",
    "WebProcessAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
