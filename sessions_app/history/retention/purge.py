from django.db import connection

TABLES = (
    "sessions_app_event",
    "sessions_app_output",
    "sessions_app_maskedoriginal",
    "sessions_app_command",
    "sessions_app_agentsession",
    "sessions_app_search_terms",
    "sessions_app_searchindex",
    "sessions_app_diagnostics",
    "sessions_app_tag",
    "sessions_app_workdirrule",
    "django_admin_log",
    # The planner's statistics quote values, and updates leave old versions there too.
    "pg_statistic",
)

CHECKPOINT_PATIENCE_MS = 10_000  # how long to wait for processes that read the file


class StillRead(Exception):
    """Another process reads the SQLite file, so its WAL could not be truncated."""


def purge() -> None:
    """Rewrite the database, so that nothing deleted or redacted is left in its files.

    The tables are locked exclusively meanwhile. Raises StillRead.
    """
    if connection.vendor == "sqlite":
        _purge_sqlite()
    else:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")


def _purge_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = ON")
        # The search index keeps deleted words until it is rebuilt.
        cursor.execute(
            "INSERT INTO sessions_app_search_terms (sessions_app_search_terms) "
            "VALUES ('rebuild')"
        )
        cursor.execute("VACUUM")
        # Without a timeout the checkpoint would not wait for readers: it would leave
        # the WAL as it is, without an error.
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = cursor.fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
    if is_busy:
        raise StillRead
