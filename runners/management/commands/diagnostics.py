from typing import Any

from django.core.management.base import CommandError, CommandParser

from runners.cli.terminal.plain_text import plain
from sessions_app.models import Diagnostics
from sessions_app.operations.database_command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Print the end of what a session's external program wrote to stderr."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        session_id = options["session"]
        kept = Diagnostics.objects.filter(session=session_id).first()
        if kept is None:
            raise CommandError(f"session {session_id} has no diagnostics")
        self.stdout.write(plain(kept.text))
