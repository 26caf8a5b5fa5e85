from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Name = tuple[str, str]  # of a migration: app, name


def unapplied() -> set[Name]:
    """Name the migrations that the database lacks."""
    return set(_known() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _known() -> frozenset[Name]:
    graph = MigrationLoader(None).graph  # replaced ones left out
    return frozenset(graph.nodes)
