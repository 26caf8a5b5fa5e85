from typing import Any

from django.core.management.base import CommandParser

from runners.cli.terminal.plain_text import plain
from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand
from runners.remote.watch import table
from sessions_app.protocol.status import SessionStatus


class Command(RemoteCommand):
    help = "List the sessions of a server, those that wait for a person first."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="?", default="", help="words in them")
        parser.add_argument("--status", choices=list(SessionStatus), default="")
        self.add_json(parser, "one object a line")

    def ask(self, client: RemoteClient, **options: Any) -> None:
        filters = {"text": options["text"], "status": options["status"]}
        rows = client.sessions(**{name: one for name, one in filters.items() if one})
        if options["json"]:
            for row in rows:
                self.print_json(row)
            return
        for line in table(rows):
            self.stdout.write(plain(line))
