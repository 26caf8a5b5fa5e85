from django.contrib.auth.models import User

from sessions_app.api.v1.problems import Problem
from sessions_app.models import AgentSession
from sessions_app.people.rights import visible_to


def find_session(user: User, session_id: str) -> AgentSession:
    """Return a session that the user may see. Raises Problem (404)."""
    visible = visible_to(user).select_related("owner").prefetch_related("tags")
    session = visible.filter(pk=session_id).first()
    if session is None:
        raise Problem(404, "There is no such session, or you may not see it.")
    return session
