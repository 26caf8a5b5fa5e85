from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Name = tuple[str, str]  # app and name of a migration


def unapplied() -> set[Name]:
    """Return the names of the migrations that the database lacks."""
    return set(_known() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _known() -> frozenset[Name]:
    graph = MigrationLoader(None).graph  # without migrations that were replaced
    return frozenset(graph.nodes)
