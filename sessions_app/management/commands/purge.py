from typing import Any

from django.core.management.base import CommandError

from sessions_app.history.retention.purge import StillRead, purge
from sessions_app.operations.database_command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Rewrite the database files, so that they contain nothing deleted or redacted. "
        "Other processes wait meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            purge()
        except StillRead:
            raise CommandError(
                "Another process reads the database, so its write-ahead log still "
                "holds old pages: stop `serve` and `runagent`, then purge again."
            ) from None
        self.stdout.write("Clean. Backups made before still hold what was there.")
