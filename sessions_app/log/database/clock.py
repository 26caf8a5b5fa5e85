from django.db import connection


def now_sql() -> str:
    """Return the SQL for the database's current time, in the form of Django's Now().

    Lease timestamps come from this clock alone, because machines' clocks may differ.
    """
    if connection.vendor == "sqlite":
        return "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"
    return "STATEMENT_TIMESTAMP()"
