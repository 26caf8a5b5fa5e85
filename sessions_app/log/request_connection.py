from django.db import DEFAULT_DB_ALIAS, connections


def give_back() -> None:
    """Return this thread's connection to the pool, if the thread serves a request.

    For answers that are sent in pieces: while a slow reader takes one, the connection
    is there for others.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if getattr(database, "is_pooled", False):
        database.close()
