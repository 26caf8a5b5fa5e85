import time
from pathlib import Path

from django.conf import settings

from sessions_app.models import AgentSession
from sessions_app.workdirs.own import NAME, is_shared, own_workdir

DAY_S = 86_400


class ForeignDatabase(Exception):
    """None of the directories belongs to the database, which may be the wrong one."""


def orphaned_workdirs() -> list[str]:
    """Return the ids of deleted sessions whose directories are on this machine.

    `prune` removes a session's directory only on the machine on which `prune` runs. A
    directory is kept for WORKDIRS_KEPT_DAYS after its last change, in case the
    database is restored. Raises ForeignDatabase.
    """
    ids = _ids()
    known = set()
    for start in range(0, len(ids), settings.UPKEEP_ROWS):
        some = ids[start : start + settings.UPKEEP_ROWS]
        known |= set(
            AgentSession.objects.filter(id__in=some).values_list("id", flat=True)
        )
    if ids and not known:
        raise ForeignDatabase
    before = time.time() - settings.WORKDIRS_KEPT_DAYS * DAY_S
    gone = [id_ for id_ in ids if id_ not in known]
    old = [id_ for id_ in gone if own_workdir(id_).stat().st_mtime < before]
    return [id_ for id_ in old if not is_shared(id_)]


def _ids() -> list[str]:
    try:
        paths = sorted(settings.WORKDIRS_DIR.iterdir())
    except FileNotFoundError:
        return []
    return [p.name for p in paths if NAME.fullmatch(p.name) and _is_own(p)]


def _is_own(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
