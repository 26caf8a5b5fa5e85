from typing import Any

from django.core.management.base import CommandParser

from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.operations.expired_rows import expired_rows
from sessions_app.operations.static_files import (
    keep_current_static_files,
    stale_static_files,
)
from sessions_app.workdirs.orphans import ForeignDatabase, orphaned_workdirs
from sessions_app.workdirs.own import own_workdir, remove_own_workdir


class Command(DatabaseCommand):
    help = (
        "Remove expired data that belongs to no session: sign-ins, links, "
        "failed sign-in attempts, ended shares, old admin history, old static files, "
        "and directories of sessions that were deleted elsewhere. Run it daily, on "
        "each machine."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="count only, remove nothing"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for rows in expired_rows():
            self._report(rows.count() if dry_run else rows.delete(), rows.what)
        self._report(self._static_files(dry_run), "static files that no page names")
        self._report(self._workdirs(dry_run), "directories of deleted sessions")

    def _report(self, count: int, what: str) -> None:
        if count:
            self.stdout.write(f"{count:,} {what}")

    def _static_files(self, dry_run: bool) -> int:
        stale = stale_static_files()
        if not dry_run:
            keep_current_static_files()
            for path in stale:
                path.unlink(missing_ok=True)
        return len(stale)

    def _workdirs(self, dry_run: bool) -> int:
        try:
            orphans = orphaned_workdirs()
        except ForeignDatabase:
            self.stderr.write(
                "Workdirs stay: none of them belongs to a session of this database. "
                "Is it the right one?"
            )
            return 0
        removed = 0
        for session_id in orphans:
            try:
                if not dry_run:
                    remove_own_workdir(session_id)
            except OSError as error:
                self.stderr.write(f"{own_workdir(session_id)} stays: {error.strerror}")
            else:
                removed += 1
        return removed
