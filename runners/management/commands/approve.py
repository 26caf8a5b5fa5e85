from typing import Any

from django.core.management.base import CommandParser

from runners.cli.terminal.approval_text import question_text
from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand
from runners.remote.errors import RemoteError
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import ApprovalRequest


class Command(RemoteCommand):
    help = (
        "List the calls that wait for a person, or answer one. Alone, `approve` lists "
        "them with their ids: read a call before you approve it."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", nargs="?", metavar="ID")
        parser.add_argument("call", nargs="?", help="the call's id, as listed")
        parser.add_argument(
            "--session-rule", action="store_true", help="for the whole session"
        )
        parser.add_argument("--deny", metavar="REASON", help="deny it, and say why")
        self.add_json(parser, "calls, one a line; of an answer the command's id")

    def ask(self, client: RemoteClient, **options: Any) -> None:
        session_id, call = options["session"], options["call"]
        if session_id is None:
            self._list(client, as_lines=options["json"])
            return
        if call is None:
            raise RemoteError("Name the call, too: `ringside approve` lists them.")
        answer = {"type": "approve", "toolUseId": call}
        if options["deny"] is not None:
            answer = {"type": "deny", "toolUseId": call, "reason": options["deny"]}
        elif options["session_rule"]:
            answer["scope"] = "session"
        stored = client.send(session_id, answer)
        if options["json"]:
            self.print_json(stored)

    def _list(self, client: RemoteClient, *, as_lines: bool) -> None:
        for waiting in client.approvals():
            if as_lines:
                self.print_json(waiting)
                continue
            request = decode_event(encode_json(waiting["request"]).decode())
            if isinstance(request, ApprovalRequest):
                self.stdout.write(f"{waiting['session']} {request.tool_use_id}")
                self.stdout.write(question_text(request))
