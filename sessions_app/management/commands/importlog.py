import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, TextIO

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from sessions_app.history.export.import_log import ImportFailed, import_lines
from sessions_app.operations.database_command import DatabaseCommand

BOM = "\ufeff"  # what some editors and shells put before UTF-8


class Command(DatabaseCommand):
    help = (
        "Import sessions that `manage.py export` wrote as JSON lines, all or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="an export; - reads stdin")
        parser.add_argument(
            "--owner",
            help="the sessions' owner; default: as in the file, if that user exists",
        )
        parser.add_argument(
            "--replace", action="store_true", help="replace sessions that exist already"
        )

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        owner = _owner(options["owner"]) if options["owner"] else None
        try:
            with _lines(file) as lines:
                taken = import_lines(lines, owner, replace=options["replace"])
        except (ImportFailed, OSError, UnicodeError) as error:
            raise CommandError(f"Nothing was imported: {error}") from None
        for session in taken:
            self.stdout.write(f"{session.pk} {session.head_seq} {session.title}")


@contextmanager
def _lines(file: str) -> Iterator[TextIO]:
    """Open the file; "-" is standard input, which is read to its end first.

    The import holds a transaction open, so it must not wait for slow input.
    """
    if file != "-":
        with Path(file).open(encoding="utf-8-sig", newline="\n") as lines:
            yield lines
        return
    with TemporaryFile("w+", encoding="utf-8", newline="\n") as spooled:
        copyfileobj(sys.stdin, spooled)
        spooled.seek(0)
        if spooled.read(1) != BOM:
            spooled.seek(0)
        yield spooled


def _owner(name: str) -> User:
    owner = User.objects.filter(username=name).first()
    if owner is None:
        raise CommandError(f"There is no user {name}.")
    return owner
