from django.db.models import BooleanField, Max
from django.db.models.expressions import RawSQL

from sessions_app.models import AGENT_STATE, Event
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import ConfigOptions
from sessions_app.protocol.fields.agent_options import ConfigOption

# SQLite takes the partial index only for these literals, never for bound parameters.
IS_AGENT_STATE = RawSQL(  # noqa: S611 constants
    f"type IN ({', '.join(map(repr, AGENT_STATE))})", (), BooleanField()
)


def agent_state(session_id: str) -> dict[str, str]:
    """The last events by which a session's agent describes itself: JSON by type."""
    events = Event.objects.filter(IS_AGENT_STATE, session=session_id)
    latest = events.order_by().values("type").annotate(last=Max("seq"))
    seqs = [row["last"] for row in latest]
    if not seqs:
        return {}
    rows = Event.objects.filter(session=session_id, seq__in=seqs)
    return {row.type: row.data for row in rows}


def settings_of(session_id: str) -> list[ConfigOption] | None:
    """The settings that a session's agent offers; None where the log has a cut list."""
    data = agent_state(session_id).get(ConfigOptions.wire_type())
    event = decode_event(data) if data else ConfigOptions()
    if not isinstance(event, ConfigOptions) or event.whole_id:
        return None
    return event.options
