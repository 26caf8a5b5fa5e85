from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from sessions_app.log.epochs import change_all_epochs
from sessions_app.models import ApiToken, Share, SigninLink
from sessions_app.operations.database_command import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Invalidate all cursors and keys: open pages reload their logs, everybody must "
        "sign in again, and links stop working. Run it once after a restore: its logs "
        "may differ at the seqs that pages have, and what was signed out or "
        "revoked since the backup would be valid again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            count = change_all_epochs()
        self.stdout.write(f"{count} sessions have a new epoch.")
        signed_in, _ = Session.objects.all().delete()
        SigninLink.objects.all().delete()
        links = Share.objects.live().filter(token_hash__isnull=False)
        revoked = links.update(revoked_at=timezone.now())
        tokens = ApiToken.objects.live().update(revoked_at=timezone.now())
        self.stdout.write(
            f"{signed_in} browsers are signed out, {revoked} share links and "
            f"{tokens} API tokens are revoked. "
            "Look through the shares with users and groups: one that was revoked since "
            "the backup is back."
        )
