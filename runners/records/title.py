from django.conf import settings
from django.db.models.functions import Now

from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession, Event
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import AgentInfo
from sessions_app.sessions.agent_state import IS_AGENT_STATE

SAID_MAX = 50  # an agent may call a session anew as often as it likes


def retitle(session_id: str, title: str) -> None:
    """Name a main session as its agent does, unless a person has named it.

    A title that nobody has chosen is the prompt's first line, or what the agent has
    called the session before.
    """
    title = _cut(masked_words(title))
    session = AgentSession.objects.filter(pk=session_id, parent=None).first()
    if not title or session is None or title == session.title:
        return
    first_line = next(iter(session.prompt.strip().splitlines()), "")
    if _cut(session.title) in {_cut(first_line), *_said_before(session_id)}:
        # By its title, too: a person may be naming the session now.
        unnamed = AgentSession.objects.filter(pk=session_id, title=session.title)
        unnamed.update(title=title, updated_at=Now())


def _said_before(session_id: str) -> set[str]:
    """What the session's agent has called it, by the log."""
    infos = Event.objects.filter(
        IS_AGENT_STATE, session=session_id, type=AgentInfo.wire_type()
    )
    newest = infos.order_by("-seq").values_list("data", flat=True)[:SAID_MAX]
    events = map(decode_event, newest)
    return {_cut(event.title) for event in events if isinstance(event, AgentInfo)}


def _cut(title: str) -> str:
    return " ".join(title.split())[: settings.TITLE_MAX_CHARS]
