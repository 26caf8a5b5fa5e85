from typing import Any

from django.core.management.base import CommandParser

from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand


class Command(RemoteCommand):
    help = "Send a message to a session of a server, or stop what it does."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", metavar="ID")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("text", nargs="?", help="the message")
        what.add_argument("--interrupt", action="store_true", help="stop what runs now")
        what.add_argument("--cancel", action="store_true", help="end the session")
        self.add_json(parser, "print the id of the command that is stored")

    def ask(self, client: RemoteClient, **options: Any) -> None:
        command = {"type": "prompt", "text": options["text"]}
        if options["interrupt"]:
            command = {"type": "interrupt"}
        elif options["cancel"]:
            command = {"type": "cancel"}
        stored = client.send(options["session"], command)
        if options["json"]:
            self.print_json(stored)
