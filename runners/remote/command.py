import os
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runners.cli.create import find_owner
from runners.port.errors import RunFailed
from runners.remote.client import RemoteClient
from runners.remote.errors import RemoteError
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.people.public_url import public_url
from sessions_app.protocol.encoding.numbers import encode_json

TOKEN = "RINGSIDE_TOKEN"  # noqa: S105 a variable's name
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class RemoteCommand(BaseCommand):
    """A command of the terminal that asks a server: this machine's, or another.

    On the machine of the installation no token is needed: whoever may read its database
    gets one for a day.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url", default=public_url(), help="the server; default: %(default)s"
        )
        self.add_own_arguments(parser)

    def add_own_arguments(self, parser: CommandParser) -> None:
        """Add what this command takes besides the server."""

    def add_json(self, parser: CommandParser, what: str) -> None:
        """Add --json, for scripts; `what` says what is printed."""
        parser.add_argument("--json", action="store_true", help=what)

    def print_json(self, value: Any) -> None:
        """Print a value as one line of JSON."""
        self.stdout.write(encode_json(value).decode())

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        client = RemoteClient(url, os.environ.get(TOKEN) or _own_token(url))
        try:
            self.ask(client, **options)
        except RemoteError as error:
            raise CommandError(str(error)) from None

    def ask(self, client: RemoteClient, **options: Any) -> None:
        """Do the command's work. Raises RemoteError."""
        raise NotImplementedError


def _own_token(url: str) -> str:
    """Make a token for a server of this machine."""
    if urlsplit(url).hostname not in LOOPBACK:
        raise CommandError(
            f"Set {TOKEN} to a token of {url}: `ringside token create` there makes one."
        )
    try:
        owner = find_owner("")
    except RunFailed as error:
        raise CommandError(str(error)) from None
    if owner is None:
        raise CommandError(f"Set {TOKEN}: `ringside token create NAME` makes one.")
    return issue(owner, "terminal", set(Scope), 1)
