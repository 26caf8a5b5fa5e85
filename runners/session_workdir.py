from pathlib import Path

from runners.run_failed import RunFailed
from sessions_app.models import AgentSession
from sessions_app.pages.workdir import own_workdir


def prepare_workdir(session: AgentSession) -> str:
    """Return where a session works; one that names no place gets a fresh one.

    Raises RunFailed.
    """
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
