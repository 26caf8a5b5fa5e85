import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError

from runners.cli.form import Form
from runners.cli.terminal.approval_text import question_text
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.log.database.reader import Reader
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.events import Approval, ApprovalRequest, Event, ToolResult
from sessions_app.protocol.fields.question import UnfitAnswer

# An answer typed so soon after the question changed was meant for the previous one.
LATE_S = 1.0
OPTIONS_HOW = "  the number of an answer · y: yes · n REASON: no"
HOW = "  y: yes · a: always in this session · n REASON: no"
Answer = Approve | Deny


class Questions:
    """Asks approval requests on the terminal until somebody has answered them.

    An answer is a command like those of the pages; the first one counts. A line typed
    while no request is pending is sent to the agent as a message.
    """

    def __init__(
        self,
        reader: Reader,
        session_id: str,
        by: User | None,
        note: Callable[[str], None],
    ) -> None:
        self._reader = reader
        self._session_id = session_id
        self._by = by
        self._note = note
        self._open: dict[str, ApprovalRequest] = {}  # by tool_use_id, oldest first
        self._form: Form | None = None  # of the first request, if it has questions
        self._rest = b""  # an incomplete line of input
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered: set[str] = set()  # tool_use_ids answered on this terminal
        self._changed_at = float("-inf")  # loop time of the last answer from elsewhere

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)

    def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def update(self, events: Sequence[Event]) -> None:
        """Update the pending requests from events."""
        for event in events:
            match event:
                case ApprovalRequest(tool_use_id=call):
                    self._open[call] = event
                    if len(self._open) == 1:
                        self._note(self._how(event))
                case Approval(tool_use_id=call) | ToolResult(tool_use_id=call):
                    self._closed(call)

    def _closed(self, call: str) -> None:
        was_first = next(iter(self._open), None) == call
        if not self._open.pop(call, None) or not self._open:
            return
        if was_first:
            if call not in self._answered:
                self._changed_at = asyncio.get_running_loop().time()
            self._ask_again()

    def _ask_again(self) -> None:
        waiting = next(iter(self._open.values()))
        self._note(f"{question_text(waiting)}\n{self._how(waiting)}")

    def _how(self, request: ApprovalRequest) -> str:
        """How to answer: the form's first question, the options, or yes and no."""
        if request.questions:
            self._form = Form(request)
            return self._form.prompt
        return OPTIONS_HOW if request.options else HOW

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            return self.stop()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._handle_line(line.decode(errors="replace").strip())

    def _handle_line(self, line: str) -> None:
        request = next(iter(self._open.values()), None)
        if not line:
            return
        if request is None:
            return self._put(self._session_id, Prompt(text=line))
        if asyncio.get_running_loop().time() < self._changed_at + LATE_S:
            self._note("The question before was answered elsewhere; this is the next:")
            return self._ask_again()
        answer = self._answer(request, line)
        if answer is None:
            return
        self._answered.add(request.tool_use_id)
        self._put(request.session_id, answer)

    def _answer(self, request: ApprovalRequest, line: str) -> Answer | None:
        """Read a line as an answer; None if it is none, or not all of one yet."""
        if not request.questions:
            answer = read_answer(line, request)
            if answer is None:
                self._note(self._how(request))
            return answer
        form = self._form
        if form is None or form.tool_use_id != request.tool_use_id:
            form = self._form = Form(request)
        answer = None
        try:
            answer = form.take(line)
        except UnfitAnswer as error:
            self._note(str(error))
        if answer is None:
            self._note(form.prompt)
        return answer

    def _put(self, session_id: str, command: Answer | Prompt) -> None:
        task = asyncio.create_task(self._send(session_id, command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, session_id: str, command: Answer | Prompt) -> None:
        key = secrets.token_hex(16)
        try:
            await self._reader.read(submit_command, session_id, self._by, key, command)
        except Refused as refused:
            self._note(str(refused))
        except IntegrityError:
            self._note("Somebody was quicker.")


def read_answer(line: str, request: ApprovalRequest) -> Answer | None:
    """Parse a typed answer; None if the line is not an answer."""
    tool_use_id = request.tool_use_id
    word, _, reason = line.partition(" ")
    if word.isdecimal() and 0 < int(word) <= len(request.options):
        option = request.options[int(word) - 1]
        if option.allows:
            return Approve(tool_use_id=tool_use_id, option_id=option.id)
        return Deny(tool_use_id=tool_use_id, reason=reason.strip(), option_id=option.id)
    match word.lower():
        case "y" | "yes":
            return Approve(tool_use_id=tool_use_id)
        case "a" | "always":
            return Approve(tool_use_id=tool_use_id, scope="session")
        case "n" | "no":
            return Deny(tool_use_id=tool_use_id, reason=reason.strip())
    return None
