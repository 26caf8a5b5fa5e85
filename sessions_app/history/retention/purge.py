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
    # The planner's notes quote values, and an update leaves the old ones there too.
    "pg_statistic",
)

CHECKPOINT_PATIENCE_MS = 10_000  # for those who read the file at that moment


class StillRead(Exception):
    """Another process reads the file, so that its log could not be emptied."""


def purge() -> None:
    """Rewrite the database, so that nothing deleted or redacted is left in its files.

    It takes the tables for itself as long as it lasts. Raises StillRead.
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
        # The index keeps the words of what was deleted until it is built anew.
        cursor.execute(
            "INSERT INTO sessions_app_search_terms (sessions_app_search_terms) "
            "VALUES ('rebuild')"
        )
        cursor.execute("VACUUM")
        # A checkpoint that may not wait for readers does not fail: the log stays full.
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = cursor.fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
    if is_busy:
        raise StillRead
