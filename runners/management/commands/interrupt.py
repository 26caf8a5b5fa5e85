from typing import Any

from django.core.management.base import CommandParser

from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand


class Command(RemoteCommand):
    help = "Stop what a session of a server does now; a message goes on with it."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", metavar="ID")
        self.add_json(parser, "print the id of the command that is stored")

    def ask(self, client: RemoteClient, **options: Any) -> None:
        stored = client.send(options["session"], {"type": "interrupt"})
        if options["json"]:
            self.print_json(stored)
