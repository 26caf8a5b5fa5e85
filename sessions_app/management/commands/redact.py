import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.api.number import read_number
from sessions_app.history.retention.redaction import redact_events, redact_text
from sessions_app.models import AgentSession

SEQ_MAX = 2**63 - 1  # the largest integer that a database stores


class Command(BaseCommand):
    help = "Cover a text, or whole events, in a session's log, for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", help="its id")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--text",
            help="cover it wherever the session or a sub-agent of it says it; "
            "- : read it from standard input, so that no shell history keeps it",
        )
        what.add_argument("--seq", type=_seq, nargs="+", help="cover these events")

    def handle(self, *args: Any, **options: Any) -> None:
        session = AgentSession.objects.filter(pk=options["session"]).first()
        if session is None:
            raise CommandError(f"There is no session {options['session']}.")
        if options["seq"]:
            done = [redact_events(session, options["seq"], None)]
        else:
            done = redact_text(session, _text(options["text"]), None)
        for one in done:
            self.stdout.write(f"{one.session_id}: {len(one.seqs)} events covered")
            if one.is_running:
                self.stderr.write(
                    f"{one.session_id} runs: its agent may say again what it "
                    "remembers. Redact again when it rests."
                )
        self.stdout.write("Now `manage.py purge` clears the database's files of it.")


def _seq(text: str) -> int:
    number = read_number(text)
    if number is None or number > SEQ_MAX:
        raise ArgumentTypeError(f"{text} is no seq of an event")
    return number


def _text(said: str) -> str:
    text = sys.stdin.read().rstrip("\n") if said == "-" else said
    if not text:
        raise CommandError("--text: say what to cover.")
    return text
