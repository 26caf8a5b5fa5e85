import sqlite3

from django.db import InterfaceError, InternalError, OperationalError

# Errors about the database's state, not about the query: the database is unreachable,
# full or locked. PostgreSQL reports an idle transaction it ended as InternalError.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
SQLITE_PRIMARY = 0xFF  # the part of SQLite's error codes that names the kind
# PostgreSQL's codes
DISK_FULL = "53100"
READ_ONLY = "25006"


def is_disk_full(error: BaseException) -> bool:
    """Return whether a write failed because the database's disk is full."""
    return _has_code(error, sqlite3.SQLITE_FULL, DISK_FULL)


def is_read_only(error: BaseException) -> bool:
    """Return whether a write failed because the database takes none, as a standby."""
    return _has_code(error, sqlite3.SQLITE_READONLY, READ_ONLY)


def _has_code(error: BaseException, sqlite_code: int, postgres_code: str) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        return code & SQLITE_PRIMARY == sqlite_code
    return getattr(cause, "sqlstate", None) == postgres_code
