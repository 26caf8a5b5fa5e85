import asyncio
import time
from collections.abc import Sequence
from itertools import chain

import msgspec
from django.conf import settings

from runners.engines.json_lines.child import ExternalChild
from runners.engines.json_lines.complaints import Complaints
from runners.engines.json_lines.diagnostics import StderrTail
from runners.engines.json_lines.lines import Lines, ProgramLine
from runners.engines.json_lines.read_line import read_line
from runners.engines.json_lines.relay import Relay
from runners.engines.json_lines.source import LineSource, OpenLineSource
from runners.engines.json_lines.transcript import Transcript
from runners.journal.journal import CANNOT_WRITE
from runners.mailbox.command_events import refusal, user_messages
from runners.mailbox.pending_command import PendingCommand
from runners.port.run import RunResult
from runners.records.rows import create_child
from runners.session.finish import STATUSES
from runners.session.leased import LeasedSession
from sessions_app.masking.originals import masked_words
from sessions_app.outputs.diagnostics import keep_diagnostics
from sessions_app.protocol.codec import ProtocolError, encode
from sessions_app.protocol.commands import (
    Cancel,
    Command,
    Interrupt,
    Prompt,
    Resume,
    Throttle,
)
from sessions_app.protocol.events import AgentComplete, AgentSpawn, Error, Outcome
from sessions_app.protocol.numbers import encode_json
from sessions_app.protocol.wire import Json, Usage

NAME_MAX_CHARS = 200  # of a session, as the program calls it
NOT_TAKEN = "a recording takes no messages"
RECORDED = "the recording ends here"


class ExternalRun:
    """One run of a session whose words somebody else writes: a program, a recording.

    It stands where the engine's Agent stands. `said` is what people have said and no
    run has answered; `first` tells that the session's log was empty.
    """

    def __init__(
        self,
        held: LeasedSession,
        open_source: OpenLineSource,
        said: Sequence[str],
        *,
        first: bool,
    ) -> None:
        self._context = held.context
        self._session = held.session
        self._journal = held.journal
        self._mailbox = held.mailbox
        self._finisher = held.finisher
        self._open_source = open_source
        self._said = said
        self._complaints = Complaints(settings.EXEC_BAD_LINES_MAX)
        run = 0 if first else held.committed
        transcript = Transcript(held.session.model, run, time.monotonic)
        self._root = Relay(
            held.journal,
            held.mailbox,
            transcript,
            self._spawn,
            self._tell,
            is_root=True,
        )
        self._relays = {held.session_id: self._root}  # by the program's names
        self._children: dict[str, ExternalChild] = {}  # likewise
        self._root_name = ""  # as the program's first line calls it
        self._source: LineSource | None = None
        self._stopped: Outcome | None = None
        self._delay_ms = 0
        self._finishing: asyncio.Task[Sequence[str]] | None = None

    async def run(self) -> RunResult:
        """Read to the end of what is said. Raises HostClosed."""
        began = time.monotonic()
        try:
            if self._stopped:
                return await self._conclude(0, [], began)
            code, acts = await self._relay()
            return await self._conclude(code, acts, began)
        finally:
            for child in self._children.values():
                self._context.held.pop(child.session_id, None)

    async def _relay(self) -> tuple[int, Sequence[str]]:
        """Read all that the source says; answers how it ended."""
        async with self._open_source(self._session, self._diagnostics()) as source:
            self._source = source
            if self._stopped:  # meanwhile
                self._finish(source, 0)
            if self._delay_ms:
                self._tell(Throttle(delay_ms=self._delay_ms))
            for text in self._said if source.is_live else ():
                self._tell(Prompt(text=text))
            listening = asyncio.create_task(self._listen(source))
            try:
                await self._read(source)
            finally:
                listening.cancel()
                await asyncio.wait([listening])
            acts = await self._finish(source, settings.EXEC_EXIT_S)
            return await source.end(), acts

    def interrupt(self) -> None:
        self._stop("interrupted", Interrupt())

    def cancel(self) -> None:
        self._stop("cancelled", Cancel())

    def leave(self) -> None:
        """Another runner starts the program anew, so this run ends here."""
        self.interrupt()

    def break_away(self) -> None:
        self.interrupt()

    def throttle(self, delay_ms: int) -> None:
        if delay_ms != self._delay_ms:
            self._delay_ms = delay_ms
            self._tell(Throttle(delay_ms=delay_ms) if delay_ms else Resume())

    def _stop(self, outcome: Outcome, command: Command) -> None:
        if self._stopped != "cancelled":
            self._stopped = outcome
        self._tell(command)
        if self._source and self._finishing is None:
            self._finish(self._source, settings.EXEC_INTERRUPT_S)

    def _tell(self, command: Command, session: str = "") -> None:
        """Send a command; one to a sub-agent says to which."""
        if self._source:
            line = encode(command)
            if session:
                line = f"{line[:-1]},{encode_json({'sessionId': session}).decode()[1:]}"
            self._source.send(line)

    def _finish(
        self, source: LineSource, wait_s: float
    ) -> "asyncio.Task[Sequence[str]]":
        """Bring the source to its end, within `wait_s` from now at the earliest."""
        if self._finishing is None:
            self._finishing = asyncio.create_task(source.finish(wait_s))
        else:
            source.wait_longer(wait_s)
        return self._finishing

    def _diagnostics(self) -> StderrTail:
        async def save(text: str, total_bytes: int) -> None:
            await self._context.reader.read(
                keep_diagnostics, self._session.id, text, total_bytes
            )

        self._aside = StderrTail(settings.DIAGNOSTICS_MAX_BYTES, save, masked_words)
        return self._aside

    async def _read(self, source: LineSource) -> None:
        lines = Lines(settings.EXEC_LINE_MAX_BYTES)
        while data := await source.read():
            for line in lines.feed(data):
                await self._take(source, line)
        for line in lines.end():
            await self._take(source, line)

    async def _take(self, source: LineSource, line: ProgramLine) -> None:
        try:
            if line.is_too_long:
                limit = settings.EXEC_LINE_MAX_BYTES
                raise ProtocolError("$", f"longer than {limit:,} bytes")
            fields = read_line(line.data)
            name, relay = self._relay_of(fields)
            child = self._children.get(name)
            if child is not None and child.is_lost:
                raise ProtocolError("sessionId", "another runner has this session now")
            await relay.take(fields, is_live=source.is_live)
        except ProtocolError as error:
            self._aside.add(line.data + b"\n")
            await self._journal.append(*self._complaints.about(line, error))
            return
        if relay.complete is not None:
            await self._completed(source, name, relay.complete)

    def _relay_of(self, fields: Json) -> tuple[str, Relay]:
        """Find whose line it is: the first name that comes is the session's own."""
        name = fields.pop("sessionId", "")
        if fields["type"] == "agent_complete" and fields.get("childId") in self._relays:
            name = fields.pop("childId")
        if not isinstance(name, str) or len(name) > NAME_MAX_CHARS:
            raise ProtocolError("sessionId", "expected a short string")
        if not self._root_name and name and name not in self._relays:
            self._root_name = name
            self._relays[name] = self._root
        relay = self._relays.get(name) if name else self._root
        if relay is None:
            raise ProtocolError(
                "sessionId",
                f"{name!r} is neither this session nor a sub-agent that an agent_spawn"
                " has named",
            )
        return name, relay

    async def _completed(
        self, source: LineSource, name: str, complete: AgentComplete
    ) -> None:
        child = self._children.get(name)
        if child is not None:
            await child.finish(complete)
        elif source.is_live:
            self._finish(source, settings.EXEC_EXIT_S)

    async def _spawn(self, parent: Relay, event: AgentSpawn) -> ExternalChild:
        name = event.child_id
        if not name or len(name) > NAME_MAX_CHARS or name in self._relays:
            raise ProtocolError("childId", "expected a name that is not taken yet")
        if len(self._children) >= settings.EXEC_CHILDREN_MAX:
            raise ProtocolError(
                "childId", f"more than {settings.EXEC_CHILDREN_MAX} sub-agents"
            )
        task = event.task.replace("\0", "") or "sub-agent"
        above = next(
            (c.session for c in self._children.values() if c.relay is parent),
            self._session,
        )
        row = await self._context.reader.read(create_child, above, task, task)
        child = ExternalChild(
            self._context,
            row,
            name,
            parent,
            self._spawn,
            lambda command: self._tell(command, name),
        )
        self._children[name] = child
        self._relays[name] = self._relays[row.id] = child.relay
        return child

    async def _listen(self, source: LineSource) -> None:
        """Hand on what people say, as they say it."""
        try:
            while True:
                for prompt in self._mailbox.prompts:
                    await self._hear(source, prompt)
                self._mailbox.arrived.clear()
                await self._mailbox.arrived.wait()
        except CANNOT_WRITE:
            return  # the run meets the same, and deals with it

    async def _hear(self, source: LineSource, prompt: PendingCommand) -> None:
        if not source.is_live:
            refused = refusal(prompt, NOT_TAKEN)
            await self._journal.append(refused, applies=[prompt.id])
            self._mailbox.done([prompt])
        elif source.hears and self._root.complete is None:
            messages = user_messages(prompt)
            await self._journal.append(*messages, applies=[prompt.id])
            self._mailbox.done([prompt])
            for message in messages:
                self._tell(Prompt(text=message.text))

    async def _conclude(
        self, code: int, acts: Sequence[str], began: float
    ) -> RunResult:
        """Write how the run ended, of all its sessions."""
        is_recording = self._source is not None and not self._source.is_live
        complete = self._root.complete
        errors = [*self._complaints.rest(), *self._ends(code, acts)]
        status = self._outcome(code, acts)
        ended = AgentComplete(
            status=status, usage=Usage(), duration_ms=_ms(time.monotonic() - began)
        )
        for child in reversed(self._children.values()):
            await child.finish(ended)
        finals = await self._root.close(partial=status != "success")
        last = chain(finals, errors)
        if is_recording and complete is None and not self._stopped:
            await self._journal.enter(
                STATUSES[self._root.outcome], *last, detail=RECORDED
            )
            return RunResult("success", self._root.last_text)
        if complete is not None:
            ended = msgspec.structs.replace(
                complete,
                status=status,
                duration_ms=complete.duration_ms or ended.duration_ms,
            )
        await self._finisher.write([*last, ended], status)
        return RunResult(status, self._root.last_text)

    def _outcome(self, code: int, acts: Sequence[str]) -> Outcome:
        complete = self._root.complete
        if self._stopped and (complete is None or complete.status != "success"):
            return self._stopped
        if complete is not None and (acts or code == 0):
            return complete.status
        return "error" if code != 0 or acts else "success"

    def _ends(self, code: int, acts: Sequence[str]) -> list[Error]:
        """Say what was wrong with how the program ended."""
        if acts:
            why = "an interrupt" if self._stopped else "its last word"
            message = (
                f"the program did not exit after {why}: {', then '.join(acts)} ended it"
            )
            return [Error(code="program_hung", message=message, fatal=False)]
        if code == 0 or self._stopped:
            return []
        how = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
        last = self._aside.last_line
        message = f"the program {how}" + (f"; it last said: {last}" if last else "")
        return [Error(code="exit_code", message=message, fatal=True)]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
