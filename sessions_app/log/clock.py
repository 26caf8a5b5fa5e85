from django.db import connection


def now_sql() -> str:
    """Return the SQL for the database's own clock, as Django's Now() writes it.

    Leases are judged by this clock alone: the machines' clocks may differ.
    """
    if connection.vendor == "sqlite":
        return "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"
    return "STATEMENT_TIMESTAMP()"
