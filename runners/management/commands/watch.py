import sys
from typing import Any

from django.core.management.base import CommandParser

from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand
from runners.remote.watch import choose_session, watch

INTERRUPTED_CODE = 130


class Command(RemoteCommand):
    help = (
        "Show a session of a server as it goes on, its sub-agents too. Exits with 0 "
        "when the session has completed or waits for a message, with 1 otherwise."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "session", nargs="?", metavar="ID", help="default: one that waits, or works"
        )
        self.add_json(parser, "events, one a line")
        parser.add_argument("--stay", action="store_true", help="go on when it rests")

    def ask(self, client: RemoteClient, **options: Any) -> None:
        session_id = options["session"] or choose_session(client)
        try:
            code = watch(
                client,
                session_id,
                sys.stdout,
                as_lines=options["json"],
                stays=options["stay"],
            )
        except KeyboardInterrupt:
            code = INTERRUPTED_CODE
        sys.exit(code)
