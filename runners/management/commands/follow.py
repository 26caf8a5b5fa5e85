import asyncio
import sys
import time
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.db import connections

from runners.cli.create import find_owner
from runners.cli.follow import follow
from runners.port.errors import RunFailed
from sessions_app.agents.places import AgentPlaces
from sessions_app.operations.database_command import DatabaseCommand

WAIT_S = 2.0


class Command(DatabaseCommand):
    help = (
        "Take in the sessions of Claude Code, Codex and opencode from where they keep "
        "them, and follow them live. Their files are only read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--owner", default="", metavar="USER", help="whose sessions they are here")
        add("--once", action="store_true", help="take in what is there, then end")
        add("--wait", action="store_true", help="wait until there is a first user")

    def handle(self, *args: Any, owner: str, once: bool, **options: Any) -> None:
        user = _find(owner)
        while user is None and options["wait"]:
            time.sleep(WAIT_S)
            user = _find(owner)
        if user is None:
            raise CommandError(
                "there is no user yet whose sessions they would be: "
                "`manage.py signin NAME --create`"
            )
        places = AgentPlaces.of()
        if not places.there:
            self.stderr.write(f"Nothing is there yet: {places.claude} and others.")
        sys.exit(asyncio.run(follow(user, places, once=once)))


def _find(owner: str) -> User | None:
    try:
        return find_owner(owner)
    except RunFailed as error:
        raise CommandError(str(error)) from None
    finally:
        connections.close_all()
