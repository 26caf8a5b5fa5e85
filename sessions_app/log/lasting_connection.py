from django.db import connection


def renew() -> None:
    """Let this thread's connection go if it has failed, or its file was replaced.

    For threads that keep one for ever and try again whatever fails: they need not ask
    the server before each query whether it is still there.
    """
    connection.close_if_unusable_or_obsolete()
    connection.health_check_done = True  # type: ignore[attr-defined]  # no stub
