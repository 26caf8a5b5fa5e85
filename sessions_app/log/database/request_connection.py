from django.db import DEFAULT_DB_ALIAS, connections


def give_back() -> None:
    """Return this thread's database connection to the pool, if it came from there.

    Streamed responses call this between chunks, so that a slow reader does not keep a
    connection from other requests.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if getattr(database, "is_pooled", False):
        database.close()
