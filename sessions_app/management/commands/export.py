import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from sessions_app.history.export.formats import FORMATS
from sessions_app.models import AgentSession
from sessions_app.operations.database_command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Export a session and its sub-agents as one file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", help="the session's id")
        parser.add_argument(
            "--format", choices=list(FORMATS), default="jsonl", help="default: jsonl"
        )
        parser.add_argument("--output", help="a file; default: stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        session = AgentSession.objects.filter(pk=options["session"]).first()
        if session is None:
            raise CommandError(f"There is no session {options['session']}.")
        export, _ = FORMATS[options["format"]]
        if options["output"]:
            try:
                path = Path(options["output"])
                with path.open("w", encoding="utf-8", newline="") as out:
                    out.writelines(export(session))
            except OSError as error:
                raise CommandError(f"--output: {error}") from None
            return
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # like an exported file
        for part in export(session):
            self.stdout.write(part, ending="")
