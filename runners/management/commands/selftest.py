import asyncio
import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connections

from runners.selftest.guest import CannotSignIn, Guest
from runners.selftest.trial import Plan, Trial
from runners.selftest.viewer import SentAway
from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.people.public_url import public_url

LIMITS = {"sessions": (1, 8), "viewers": (1, 50), "rate": (1, 500), "seconds": (2, 600)}


class Command(DatabaseCommand):
    help = (
        "Check a running installation for lost events: with simulated sessions, "
        "viewers that stall or lose their sockets, and a runner that is killed. "
        "Removes the sessions it creates, touches no others. Exit code 1 on any loss."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--url", default=public_url(), help="default: %(default)s")
        add("--sessions", type=int, default=2, help="default: %(default)s")
        add("--viewers", type=int, default=6, help="default: %(default)s")
        add(
            "--rate",
            type=int,
            default=60,
            help="tokens/s per session; default: %(default)s",
        )
        add(
            "--seconds",
            type=int,
            default=10,
            help="seconds of streaming; default: %(default)s",
        )
        add("--json", action="store_true", help="one JSON object, on one line")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (least, most) in LIMITS.items():
            if not least <= options[name] <= most:
                raise CommandError(f"--{name}: from {least} to {most}")
        tokens = options["rate"] * options["seconds"]
        prompt = f"[scenario: long rate={options['rate']} tokens={{}}]"
        with Guest() as guest:
            try:
                plan = Plan(
                    url=options["url"].rstrip("/"),
                    cookies=guest.sign_in(options["url"]),
                    session_ids=tuple(
                        guest.begin(prompt.format(tokens))
                        for _ in range(options["sessions"])
                    ),
                    viewers=options["viewers"],
                    seconds=options["seconds"],
                    again=prompt.format(max(1, tokens // 2)),
                )
                connections.close_all()
                report = asyncio.run(Trial(plan).run())
            except (CannotSignIn, SentAway) as error:
                raise CommandError(str(error)) from None
        text = json.dumps(report.fields()) if options["json"] else report.text()
        self.stdout.write(text)
        sys.exit(0 if report.is_good else 1)
