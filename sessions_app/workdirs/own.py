import re
import shutil
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from sessions_app.models import AgentSession

NAME = re.compile(r"s_\w+", re.ASCII)  # matches every session id


def own_workdir(session_id: str) -> Path:
    """Return the path of the directory made for a session without a workdir."""
    path: Path = settings.WORKDIRS_DIR / session_id
    return path


def remove_own_workdir(session_id: str) -> None:
    """Remove the directory made for a session, unless other sessions work there too.

    Raises OSError.
    """
    path = own_workdir(session_id)
    if not NAME.fullmatch(session_id) or path.is_symlink() or not path.is_dir():
        return
    if not is_shared(session_id):
        shutil.rmtree(path)


def remove_compared(session_id: str) -> None:
    """Remove what git stored of the states that a session's changes went through.

    Raises OSError.
    """
    path: Path = settings.REVIEW_DIR / session_id
    if NAME.fullmatch(session_id) and path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)


def is_shared(session_id: str) -> bool:
    """Return whether other sessions work in the directory made for a session."""
    path = own_workdir(session_id)
    inside = Q(workdir=str(path)) | Q(workdir__startswith=f"{path}/")
    return AgentSession.objects.exclude(pk=session_id).filter(inside).exists()
