from sessions_app.models.api_token import ApiToken
from sessions_app.models.command import Command
from sessions_app.models.diagnostics import Diagnostics
from sessions_app.models.epoch_change import EpochChange
from sessions_app.models.event import AGENT_STATE, Event
from sessions_app.models.masked_original import MaskedOriginal
from sessions_app.models.output import Output
from sessions_app.models.processes.runner_process import RunnerProcess
from sessions_app.models.processes.tool_process import ToolProcess
from sessions_app.models.processes.web_process import WebProcess
from sessions_app.models.search.saved_search import SavedSearch
from sessions_app.models.search.search_index import SearchIndex
from sessions_app.models.session import (
    COST_MAX_USD,
    AgentSession,
    new_epoch,
    new_session_id,
)
from sessions_app.models.share import Share
from sessions_app.models.signin_link import SigninLink
from sessions_app.models.streams.durable_stream import DurableStream
from sessions_app.models.streams.stream_producer import StreamProducer
from sessions_app.models.tag import Tag
from sessions_app.models.throttle import Throttle
from sessions_app.models.transcripts.agent_transcript import AgentTranscript
from sessions_app.models.transcripts.transcript_entry import TranscriptEntry
from sessions_app.models.webhooks.muted_session import MutedSession
from sessions_app.models.webhooks.notification_choices import NotificationChoices
from sessions_app.models.webhooks.push_subscription import PushSubscription
from sessions_app.models.webhooks.webhook_delivery import WebhookDelivery
from sessions_app.models.webhooks.webhook_endpoint import WebhookEndpoint
from sessions_app.models.webhooks.webhook_progress import WebhookProgress
from sessions_app.models.workdir_rule import WorkdirRule

__all__ = [
    "AGENT_STATE",
    "COST_MAX_USD",
    "AgentSession",
    "AgentTranscript",
    "ApiToken",
    "Command",
    "Diagnostics",
    "DurableStream",
    "EpochChange",
    "Event",
    "MaskedOriginal",
    "MutedSession",
    "NotificationChoices",
    "Output",
    "PushSubscription",
    "RunnerProcess",
    "SavedSearch",
    "SearchIndex",
    "Share",
    "SigninLink",
    "StreamProducer",
    "Tag",
    "Throttle",
    "ToolProcess",
    "TranscriptEntry",
    "WebProcess",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookProgress",
    "WorkdirRule",
    "new_epoch",
    "new_session_id",
]
