import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser
from django.db import connections

from runners.cli.create import find_owner
from runners.cli.ingest import Ingestion
from runners.engines.recording.engine import RecordingEngine
from runners.engines.recording.new_recording import (
    continue_recording,
    recording_title,
    start_recording,
)
from runners.port.errors import RunFailed
from sessions_app.models import AgentSession
from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.protocol.engine_kind import RECORDING


class Command(DatabaseCommand):
    help = "Read recorded protocol lines into a session, as fast as they arrive."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", metavar="FILE", help="one event a line; - reads stdin")
        add("--session", default="", metavar="ID", help="add to this recording")
        add("--title", default="", help="default: the file's name")
        add("--owner", default="", metavar="USER", help="the session's owner")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            with (
                nullcontext(sys.stdin.buffer)
                if name == "-"
                else Path(name).open("rb") as file
            ):
                sys.exit(self._ingest(file, options))
        except OSError as error:
            raise CommandError(f"cannot read {name}: {error.strerror}") from None

    def _ingest(self, file: BinaryIO, options: dict[str, Any]) -> int:
        try:
            session = _session(options)
        except RunFailed as error:
            raise CommandError(str(error)) from None
        finally:
            connections.close_all()
        return asyncio.run(
            Ingestion(session, {RECORDING.name: RecordingEngine(file)}).run()
        )


def _session(options: dict[str, Any]) -> AgentSession:
    """Create or claim the session for the lines. Raises RunFailed."""
    if options["session"]:
        return continue_recording(options["session"])
    owner = find_owner(options["owner"])
    return start_recording(options["title"] or recording_title(options["file"]), owner)
