"""The former search table: whole words; replaced by the table of terms.

This version does not search the former table. The table stays while the new one is
being filled, for processes of the former version; redacted and deleted text is removed
from both. Afterwards the former table is dropped in small steps, because dropping a
large FTS5 table at once would make every writer wait.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import F

from sessions_app.models import SearchIndex

NAME = "sessions_app_search"
GOING = "sessions_app_search_former"  # SQLite: the table while it is being dropped
STEP_ROWS = 500
# FTS5's shadow tables and their keys. The first 10 rows of `data` hold the structure.
SHADOWS = {"content": "id", "docsize": "id", "data": "id > 10 AND id"}


def forget_events(event_ids: Collection[int]) -> None:
    if not _exists(NAME):
        return
    key = "rowid" if _is_sqlite() else "event_id"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM {NAME} WHERE {key} = %s",  # noqa: S608 one of two names
            [(event_id,) for event_id in event_ids],
        )


def forget_sessions(session_ids: Collection[str]) -> None:
    if not _exists(NAME):
        return
    found, values = "session_id = %s", list(session_ids)
    if _is_sqlite():
        found = f"rowid IN (SELECT rowid FROM {NAME}(%s))"  # noqa: S608 a constant
        values = [f'session : "{v.replace("_", "").lower()}"' for v in values]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM {NAME} WHERE {found}",  # noqa: S608 one of two
            [(value,) for value in values],
        )


def forget_all() -> None:
    if _exists(NAME):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {NAME}")  # noqa: S608 a constant


def drop_some() -> bool:
    """Drop a part of the table, once the new one is filled.

    Returns whether more of the table is left to drop.
    """
    if not (_exists(NAME) or (_is_sqlite() and _exists(GOING))):
        return False
    if SearchIndex.objects.filter(terms_seq__lt=F("seq")).exists():
        return False
    with connection.cursor() as cursor:
        if not _is_sqlite():
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            cursor.execute(f"DROP TABLE {NAME}")
            return False
        if _exists(NAME):
            cursor.execute(f"ALTER TABLE {NAME} RENAME TO {GOING}")
        for shadow, key in SHADOWS.items():
            table = f"{GOING}_{shadow}"
            rows = f"SELECT id FROM {table} WHERE {key} > 0 LIMIT {STEP_ROWS}"  # noqa: S608 ours
            cursor.execute(f"DELETE FROM {table} WHERE id IN ({rows})")  # noqa: S608 ours
            if cursor.rowcount:
                return True
        cursor.execute(f"DROP TABLE {GOING}")
        return False


def _exists(name: str) -> bool:
    sql = "SELECT to_regclass(%s) IS NOT NULL"
    if _is_sqlite():
        sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [name])
        return bool(cursor.fetchone()[0])


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"
