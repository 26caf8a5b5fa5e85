from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from runners.port.errors import RunFailed
from runners.worktrees.creation import create_worktree
from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import RECORDING
from sessions_app.workdirs.own import own_workdir


def prepare_workdir(session: AgentSession) -> None:
    """Resolve the session's working directory or worktree, and store it on `session`.

    A session without a directory gets a new one. Raises RunFailed.
    """
    session.workdir = _place(session)
    if session.worktree.get("wanted"):
        try:
            made = create_worktree(session)
        except GitFailed as error:
            raise RunFailed("no_worktree", str(error)) from error
        session.worktree, session.workdir = made.as_row(), made.workdir


@transaction.atomic
def note_changes(session_id: str, added: int, removed: int, files: int) -> None:
    """Note in the session's row how much its worktree differs from its base."""
    session = AgentSession.objects.select_for_update(no_key=True).get(pk=session_id)
    if Worktree.of(session) is None:
        return
    counts = {"added": added, "removed": removed, "files": files}
    session.worktree |= counts
    session.save(update_fields=["worktree"])


@transaction.atomic
def note_base(session_id: str, commit: str) -> dict[str, Any]:
    """Note the commit that a worktree's changes are compared with; returns the row."""
    session = AgentSession.objects.select_for_update(no_key=True).get(pk=session_id)
    session.worktree |= {"base": commit}
    session.save(update_fields=["worktree"])
    row: dict[str, Any] = session.worktree
    return row


def _place(session: AgentSession) -> str:
    if session.engine == RECORDING.name:  # a recording runs nothing there
        return session.workdir
    own = own_workdir(session.id)
    if session.workdir in {"", str(own)}:
        _make(own)
        return _unmoved(own)
    path = Path(session.workdir)
    if not path.is_dir():
        raise RunFailed("no_workdir", f"there is no directory {path}")
    return _unmoved(path)


def _unmoved(path: Path) -> str:
    """Refuse a path that has become a link: it was resolved when it was allowed.

    Otherwise anyone who can write above it could choose where the session works.
    """
    data: Path = settings.DATA_DIR  # the setting itself is not resolved
    is_ours = path.is_relative_to(data)
    allowed = data.resolve() / path.relative_to(data) if is_ours else path
    if (now := path.resolve()) != allowed:
        raise RunFailed(
            "no_workdir",
            f"{path} leads to {now} now, but the session was allowed another directory."
            " Put the directory back, or start another session.",
        )
    return str(path)


def _make(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed("no_workdir", f"cannot create {path}: {error}") from error
