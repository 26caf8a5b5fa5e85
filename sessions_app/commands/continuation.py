from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from sessions_app.agents.access import why_not
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import ACP
from sessions_app.workdirs.allowed import WorkdirNotAllowed, allowed_workdir


class CannotContinue(Exception):
    """A followed session cannot be continued here now; the text says why."""


def why_not_from_page(session: AgentSession, by: User) -> str:
    """Why a person cannot continue a followed session from its page; "": they can."""
    if why := why_not(session.kind.continued_by, by):
        return why
    try:
        allowed_workdir(session.workdir)
    except WorkdirNotAllowed as error:
        return str(error)
    return ""


def continue_here(session_id: str) -> AgentSession:
    """Have Ringside run a followed session's agent from now on.

    The agent is asked to load the conversation by its own name for it, which the log
    has. The transcript is no longer followed. Raises CannotContinue.
    """
    with transaction.atomic():
        locked = AgentSession.objects.select_for_update(no_key=True)
        session = locked.get(pk=session_id)
        agent = session.kind.continued_by
        if not agent or session.parent_id is not None:
            raise CannotContinue("Only a followed main session can be continued.")
        if session.lease:
            raise CannotContinue("Its agent works now: continue when it rests.")
        if not Path(session.workdir).is_dir():
            raise CannotContinue(f"Its directory is gone: {session.workdir}")
        AgentSession.objects.filter(pk=session_id).update(
            engine=ACP.name,
            model=agent,  # which model it uses is the agent's own choice
            options={"agent": agent},
            permission_mode=AgentSession.PermissionMode.DEFAULT,
            updated_at=Now(),
        )
    return AgentSession.objects.get(pk=session_id)
