from django.db import connection


def renew() -> None:
    """Close this thread's connection if it has failed, or its file was replaced.

    For threads that keep a connection for ever and retry after an error. They skip
    Django's health check, which costs a round trip to the server before a query.
    """
    connection.close_if_unusable_or_obsolete()
    connection.health_check_done = True  # type: ignore[attr-defined]  # no stub
