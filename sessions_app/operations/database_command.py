from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from sessions_app.operations.deploy_checks import CONFIGURATION
from sessions_app.operations.health.schema import unapplied


class DatabaseCommand(BaseCommand):
    """A management command that works on the database, and starts without the pages.

    Django's own checks of addresses and of the admin import every page, which takes as
    long as a third of the start. `serve`, `migrate` and `check` run those checks.
    """

    requires_system_checks = (CONFIGURATION,)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, unless the database lacks a migration.

        A runner would take the missing column for an outage, and wait for its end.
        """
        lacking: set[tuple[str, str]] = set()
        with suppress(OperationalError):  # an outage, which each command handles itself
            lacking = unapplied()
        if lacking:
            raise CommandError(
                "The database is not up to date: run `ringside migrate` (a checkout: "
                "`make run` or `manage.py migrate`)."
            )
        return super().execute(*args, **options)
