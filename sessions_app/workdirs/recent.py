from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max

from sessions_app.models import AgentSession
from sessions_app.workdirs.allowed import (
    WorkdirNotAllowed,
    allowed_workdir,
    directories_in,
)


def recent_workdirs(user: User) -> list[str]:
    """Return the directories that a person's sessions worked in, the last first."""
    mine = AgentSession.objects.filter(owner=user, parent=None).exclude(workdir="")
    last = mine.values_list("workdir").annotate(at=Max("created_at")).order_by("-at")
    found = [workdir for workdir, _ in last[: settings.WORKDIRS_MAX]]
    return [workdir for workdir in found if _is_allowed(workdir)]


def has_worked_in(user: User, path: Path) -> bool:
    """Whether a session of theirs has worked there, so that they have agreed once."""
    return AgentSession.objects.filter(
        owner=user, parent=None, workdir=str(path)
    ).exists()


def own_workdirs_like(user: User, text: str) -> list[str]:
    """Return completions of a path on a person's own machine, recent ones first."""
    text = text.replace("\0", "")
    recent = [workdir for workdir in recent_workdirs(user) if text in workdir]
    above, _, begun = (text or f"{Path.home()}/").rpartition("/")
    inside = [f"{above}/{name}" for name in directories_in(Path(above or "/"), begun)]
    return list(dict.fromkeys([*recent, *inside]))[: settings.WORKDIRS_MAX]


def _is_allowed(workdir: str) -> bool:
    try:
        allowed_workdir(workdir, is_own_machine=True)
    except WorkdirNotAllowed:
        return False
    return True
