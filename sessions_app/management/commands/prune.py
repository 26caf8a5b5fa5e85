import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from sessions_app.history.retention.retention import Surplus, prune, surplus
from sessions_app.operations.database_command import DatabaseCommand

DAYS = {"d": 1, "w": 7, "y": 365}
WORKTREE = "it has a git worktree; `manage.py worktree prune` or `remove` comes first"
AT_ONCE = 50  # session trees, deleted together
BYTES = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}


class Command(DatabaseCommand):
    help = (
        "Delete old sessions with their sub-agents; sessions that run, wait or are "
        "queued are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", help="sessions unchanged for this long: 90d, 12w, 1y"
        )
        parser.add_argument(
            "--larger-than",
            help="the oldest sessions, until all logs fit this size: 500MB, 1GB",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="list them, delete nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        age, size = options["older_than"], options["larger_than"]
        if not age and not size:
            raise CommandError("Give --older-than, --larger-than, or both.")
        before = _moment(age) if age else None
        found = list(surplus(before, _size(size) if size else None))
        for one in found:
            if one.has_worktree:
                self.stderr.write(f"{one.session.pk} stays: {WORKTREE}")
        found = [one for one in found if not one.has_worktree]
        gone = found if options["dry_run"] else self._prune(found)
        for one in gone:
            session = one.session
            when = f"{session.updated_at:%Y-%m-%d}"
            chars = "" if one.size is None else f"{one.size:,} "
            self.stdout.write(f"{session.pk} {when} {chars}{session.title}")
        what = "would go" if options["dry_run"] else "are gone"
        total = sum(one.size or 0 for one in gone)
        of = f", {total:,} characters" if size else ""
        self.stdout.write(f"{len(gone)} sessions{of}, {what}.")

    def _prune(self, found: Sequence[Surplus]) -> list[Surplus]:
        """Prune some at a time; return those that are gone."""
        gone: set[str] = set()
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            pruned = prune([one.session for one in some])
            for id_, obstacle in pruned.obstacles.items():
                self.stderr.write(f"{id_} stays: {obstacle}")
            gone |= pruned.gone
        return [one for one in found if one.session.pk in gone]


def _moment(age: str) -> datetime:
    match = re.fullmatch(r"(\d{1,3})([dwy])", age)
    if match is None:
        raise CommandError(
            f"--older-than: {age!r} is not a duration such as 90d, 12w or 1y."
        )
    return timezone.now() - timedelta(days=int(match[1]) * DAYS[match[2]])


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9})([KMG]?)B?", text)
    if match is None:
        raise CommandError(
            f"--larger-than: {text!r} is not a size such as 500MB or 1GB."
        )
    return int(match[1]) * BYTES[match[2]]
