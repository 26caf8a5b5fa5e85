from django.db.models.functions import Now

from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession
from sessions_app.sessions.title import cut_title, takes_title


def retitle(session_id: str, title: str) -> None:
    """Name a main session as its agent does, unless a person has named it."""
    title = cut_title(masked_words(title))
    session = AgentSession.objects.filter(pk=session_id, parent=None).first()
    if not title or session is None or title == session.title:
        return
    if takes_title(session):
        # By its title, too: a person may be naming the session now.
        unnamed = AgentSession.objects.filter(pk=session_id, title=session.title)
        unnamed.update(title=title, updated_at=Now())
