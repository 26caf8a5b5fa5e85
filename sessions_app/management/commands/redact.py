import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError, CommandParser

from sessions_app.api.number import read_number
from sessions_app.history.retention.redaction import redact_events, redact_text
from sessions_app.models import AgentSession
from sessions_app.operations.database_command import DatabaseCommand

SEQ_MAX = 2**63 - 1  # the largest integer that a database stores


class Command(DatabaseCommand):
    help = "Redact a text, or whole events, in a session's log; this cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", help="the session's id")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--text",
            help="redact it everywhere in the session and its sub-agents; "
            "- reads it from stdin, which keeps it out of the shell history",
        )
        what.add_argument("--seq", type=_seq, nargs="+", help="redact these events")

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
        raise ArgumentTypeError(f"{text} is not the seq of an event")
    return number


def _text(said: str) -> str:
    text = sys.stdin.read().rstrip("\n") if said == "-" else said
    if not text:
        raise CommandError("--text: give the text to redact.")
    return text
