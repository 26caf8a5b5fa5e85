import sqlite3

from django.db import InterfaceError, InternalError, OperationalError

# Errors about the database's state, not about the query: the database is unreachable,
# full or locked. PostgreSQL reports an idle transaction it ended as InternalError.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
DISK_FULL = "53100"  # PostgreSQL's code


def is_disk_full(error: BaseException) -> bool:
    """Return whether a write failed because the database's disk is full."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return bool(code == sqlite3.SQLITE_FULL)
    return getattr(cause, "sqlstate", None) == DISK_FULL
