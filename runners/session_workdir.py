from pathlib import Path

from runners.run_failed import RunFailed
from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import create_worktree
from sessions_app.models import AgentSession
from sessions_app.own_workdir import own_workdir


def prepare_workdir(session: AgentSession) -> None:
    """Put into the row where a session works, and in which worktree.

    One that names no place gets a fresh one. Raises RunFailed.
    """
    session.workdir = _place(session)
    if session.worktree.get("wanted"):
        try:
            made = create_worktree(session)
        except GitFailed as error:
            raise RunFailed("no_worktree", str(error)) from error
        session.worktree, session.workdir = made.as_row(), made.workdir


def _place(session: AgentSession) -> str:
    if session.engine == "recording":  # nothing works there
        return session.workdir
    own = own_workdir(session.id)
    if session.workdir in {"", str(own)}:
        _make(own)
        return str(own)
    if not Path(session.workdir).is_dir():
        raise RunFailed("no_workdir", f"there is no directory {session.workdir}")
    return session.workdir


def _make(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed("no_workdir", f"cannot make {path}: {error}") from error
