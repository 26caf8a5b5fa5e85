from typing import Any

from django.core.management.base import BaseCommand

from sessions_app.models import AgentSession, new_epoch


class Command(BaseCommand):
    help = (
        "Void all cursors: open pages read their logs anew. Run it once after a "
        "restore, whose logs may say something else at the seqs that pages have."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = AgentSession.objects.update(epoch=new_epoch())
        self.stdout.write(f"{count} sessions have a new epoch.")
