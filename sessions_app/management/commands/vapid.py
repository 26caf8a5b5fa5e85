from typing import Any

from django.core.management.base import CommandError, CommandParser

from sessions_app.models import WebhookEndpoint
from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.webhooks.push.browsers import PUSH
from sessions_app.webhooks.push.vapid import KeyIsSet, public_key, rotate_key


class Command(DatabaseCommand):
    help = "Show or change the key by which push services know this installation."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("key", help="print the public key")
        acts.add_parser(
            "rotate",
            help="make another key; browsers subscribe again at their next visit",
        )

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "rotate":
            self._rotate()
        self.stdout.write(public_key())

    def _rotate(self) -> None:
        try:
            rotate_key()
        except KeyIsSet:
            raise CommandError(
                "VAPID_PRIVATE_KEY sets the key: change it there, on every machine."
            ) from None
        # No service takes the new key's messages for what was subscribed with the old.
        _, counts = WebhookEndpoint.objects.filter(template=PUSH).delete()
        count = counts.get("sessions_app.WebhookEndpoint", 0)
        self.stderr.write(
            f"The key is another one. {count} browsers are told nothing until a page "
            "of Ringside is opened in them."
        )
