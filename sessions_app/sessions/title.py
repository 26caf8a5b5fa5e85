from django.conf import settings

from sessions_app.models import AgentSession, Event
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import AgentInfo
from sessions_app.sessions.agent_state import IS_AGENT_STATE

SAID_MAX = 50  # an agent may call a session anew as often as it likes


def cut_title(title: str) -> str:
    """Return a title as sessions have them: one line, of a bounded length."""
    return " ".join(title.split())[: settings.TITLE_MAX_CHARS]


def takes_title(session: AgentSession) -> bool:
    """True if an agent may name the session: a main one that nobody has named.

    A title that nobody has chosen is the prompt's first line, or what the agent has
    called the session before.
    """
    if session.parent_id is not None:
        return False
    first_line = next(iter(session.prompt.strip().splitlines()), "")
    title = cut_title(session.title)
    return title == cut_title(first_line) or title in _said_before(session.pk)


def _said_before(session_id: str) -> set[str]:
    """What the session's agent has called it, by the log."""
    infos = Event.objects.filter(
        IS_AGENT_STATE, session=session_id, type=AgentInfo.wire_type()
    )
    newest = infos.order_by("-seq").values_list("data", flat=True)[:SAID_MAX]
    events = map(decode_event, newest)
    return {cut_title(event.title) for event in events if isinstance(event, AgentInfo)}
