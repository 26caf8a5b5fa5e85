import sqlite3

from django.db import InterfaceError, InternalError, OperationalError

# What a database says of itself, not of what it was asked: it is away, full or locked,
# or (PostgreSQL calls that internal) has ended a transaction that stood still.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
DISK_FULL = "53100"  # PostgreSQL's code


def is_disk_full(error: BaseException) -> bool:
    """Tell whether a database could not write for want of room on its disk."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return bool(code == sqlite3.SQLITE_FULL)
    return getattr(cause, "sqlstate", None) == DISK_FULL
