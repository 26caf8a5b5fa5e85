import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import msgspec
from django.conf import settings

from runners.engines.json_lines.complaints import Complaints
from runners.engines.json_lines.read_line import read_line
from runners.engines.json_lines.relay import Relay
from runners.engines.json_lines.source import LineSource, OpenLineSource
from runners.engines.json_lines.transcript.transcript import Transcript
from runners.engines.program.diagnostics import StderrTail
from runners.engines.program.lines import Lines, ProgramLine
from runners.port.engine import SessionBrief
from runners.port.host import AgentHost, ChildHost, HostClosed
from runners.port.run import RunResult
from sessions_app.masking.originals import masked_words
from sessions_app.protocol.commands import (
    Cancel,
    Command,
    Interrupt,
    Prompt,
    Resume,
    SetOption,
    Throttle,
)
from sessions_app.protocol.encoding.codec import ProtocolError, encode
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import AgentComplete, AgentSpawn, Error, Outcome
from sessions_app.protocol.wire import Json, Usage

NAME_MAX_CHARS = 200  # of the program's name for a session
RECORDED = "the recording ends here"
# Lines that say how something ended, and nothing to anybody.
ENDS = frozenset({"agent_complete", "context_usage", "turn_end"})


@dataclass(slots=True)
class ExternalChild:
    """A program's sub-agent: the relay into its session, until its last event."""

    host: ChildHost
    relay: Relay
    parent: Relay
    name: str  # the program's name for it
    is_over: bool = False

    async def finish(self, complete: AgentComplete) -> None:
        """Write how the sub-agent ended, once, and give its call a result."""
        if self.is_over or self.host.is_lost:
            return
        self.is_over = True
        finals = await self.relay.close(partial=complete.status != "success")
        await self.host.emit(*finals, complete)
        await self.parent.child_ended(self.name, self.relay.last_text)


class ExternalRun:
    """One run of a session whose events come from a program or a recording.

    `said` are people's messages that no earlier run has answered; `first` is true while
    the session's log is empty. `hands_over`: when the runner stops, the session goes on
    at another runner, because the agent remembers what it was doing.
    """

    def __init__(
        self,
        brief: SessionBrief,
        host: AgentHost,
        open_source: OpenLineSource,
        messages: Sequence[str],
        *,
        first: bool,
        hands_over: bool = False,
    ) -> None:
        self._brief = brief
        self._host = host
        self._open_source = open_source
        self._messages = messages
        self._complaints = Complaints(settings.EXEC_BAD_LINES_MAX)
        run = 0 if first else host.head
        self._root = Relay(
            host,
            Transcript(brief.model, run, time.monotonic),
            self._spawn,
            self._send,
            is_root=True,
        )
        self._relays = {host.session_id: self._root}  # by the program's names
        self._children: dict[str, ExternalChild] = {}  # by the program's names
        self._root_name = ""  # the session name in the program's first line
        self._source: LineSource | None = None
        self._stopped: Outcome | None = None
        self._hands_over = hands_over
        self._is_leaving = False  # the runner stops, and nobody has stopped the run
        # Messages sent since the program's last word. The log does not tell: the runner
        # itself ends what the program has left open.
        self.unheard: list[str] = []
        self._delay_ms = 0
        self._finishing: asyncio.Task[Sequence[str]] | None = None

    async def run(self) -> RunResult:
        """Read the source to its end. Raises HostClosed."""
        began = time.monotonic()
        if self._stopped:
            return await self._conclude(0, [], began)
        code, acts = await self._relay()
        return await self._conclude(code, acts, began)

    async def _relay(self) -> tuple[int, Sequence[str]]:
        """Copy all lines of the source; returns its exit code and the signals sent."""
        async with self._open_source(self._brief, self._diagnostics()) as source:
            self._source = source
            if self._stopped:  # stopped while the source was being opened
                self._finish(source, 0)
            if self._delay_ms:
                self._send(Throttle(delay_ms=self._delay_ms))
            for text in self._messages if source.is_live else ():
                self._send(Prompt(text=text))
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
        self._is_leaving = False
        self._stop("cancelled", Cancel())

    def leave(self) -> None:
        """End this run: the next runner starts the program anew."""
        self._is_leaving = self._hands_over and self._stopped is None
        self.interrupt()

    def break_away(self) -> None:
        if not self._is_leaving:
            self.leave()

    def throttle(self, delay_ms: int) -> None:
        if delay_ms != self._delay_ms:
            self._delay_ms = delay_ms
            self._send(Throttle(delay_ms=delay_ms) if delay_ms else Resume())

    def _stop(self, outcome: Outcome, command: Command) -> None:
        if self._stopped != "cancelled":
            self._stopped = outcome
        self._send(command)
        if self._source and self._finishing is None:
            self._finish(self._source, settings.EXEC_INTERRUPT_S)

    def _send(self, command: Command, session: str = "") -> None:
        """Send a command; for a sub-agent, add its session name."""
        if self._source:
            line = encode(command)
            if session:
                line = f"{line[:-1]},{encode_json({'sessionId': session}).decode()[1:]}"
            self._source.send(line)

    def _finish(
        self, source: LineSource, wait_s: float
    ) -> "asyncio.Task[Sequence[str]]":
        """End the source `wait_s` from now at the earliest, or when it exits."""
        if self._finishing is None:
            self._finishing = asyncio.create_task(source.finish(wait_s))
        else:
            source.wait_longer(wait_s)
        return self._finishing

    def _diagnostics(self) -> StderrTail:
        self._aside = StderrTail(
            settings.DIAGNOSTICS_MAX_BYTES, self._host.keep_diagnostics, masked_words
        )
        return self._aside

    async def _read(self, source: LineSource) -> None:
        lines = Lines(settings.EXEC_LINE_MAX_BYTES)
        while data := await source.read():
            for line in lines.feed(data):
                await self._handle(source, line)
        for line in lines.end():
            await self._handle(source, line)

    async def _handle(self, source: LineSource, line: ProgramLine) -> None:
        try:
            if line.is_too_long:
                limit = settings.EXEC_LINE_MAX_BYTES
                raise ProtocolError("$", f"longer than {limit:,} bytes")
            fields = read_line(line.data)
            if fields["type"] not in ENDS:
                self.unheard = []
            name, relay = self._relay_of(fields)
            child = self._children.get(name)
            if child is not None and child.host.is_lost:
                raise ProtocolError("sessionId", "another runner has this session now")
            await relay.handle(fields, is_live=source.is_live)
        except ProtocolError as error:
            self._aside.add(line.data + b"\n")
            await self._host.emit(*self._complaints.about(line, error))
            return
        if relay.complete is not None:
            await self._completed(source, name, relay.complete)

    def _relay_of(self, fields: Json) -> tuple[str, Relay]:
        """Find the relay of a line's session; the first name seen is the root's."""
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

    async def _spawn(self, parent: Relay, event: AgentSpawn) -> None:
        """Open a sub-agent's session. Raises ProtocolError."""
        name = event.child_id
        if not name or len(name) > NAME_MAX_CHARS or name in self._relays:
            raise ProtocolError("childId", "expected a name that is not taken yet")
        if len(self._children) >= settings.EXEC_CHILDREN_MAX:
            raise ProtocolError(
                "childId", f"more than {settings.EXEC_CHILDREN_MAX} sub-agents"
            )
        task = event.task.replace("\0", "") or "sub-agent"

        def send(command: Command) -> None:
            self._send(command, name)

        host = await parent.host.open_child(
            msgspec.structs.replace(event, task=task), send
        )
        transcript = Transcript(self._brief.model, 0, time.monotonic)
        relay = Relay(host, transcript, self._spawn, send)
        self._children[name] = ExternalChild(host, relay, parent, name)
        self._relays[name] = self._relays[host.session_id] = relay

    async def _listen(self, source: LineSource) -> None:
        """Forward people's messages and choices as they arrive."""
        try:
            while True:
                # While the program reads no input, messages wait for the next run.
                if source.takes_input and self._root.complete is None:
                    for message in await self._host.messages():
                        self.unheard.append(message.text)
                        self._send(Prompt(text=message.text))
                    for chosen in await self._host.choices():
                        self._send(
                            SetOption(option_id=chosen.option_id, value=chosen.value)
                        )
                await self._host.arrival()
        except HostClosed:
            return  # the run's next append raises HostClosed too and ends the run

    async def _conclude(
        self, code: int, acts: Sequence[str], began: float
    ) -> RunResult:
        """Write how the run ended, for the session and its sub-agents."""
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
            await self._host.rest(self._root.outcome, *last, detail=RECORDED)
            return RunResult("success", self._root.last_text)
        if self._is_leaving and status == "interrupted":
            await self._host.record(*last)
            return RunResult(status, self._root.last_text, is_handed_over=True)
        if complete is not None:
            ended = msgspec.structs.replace(
                complete,
                status=status,
                duration_ms=complete.duration_ms or ended.duration_ms,
            )
        await self._host.emit(*last, ended)
        if status != "success" or self._stopped:
            self.unheard = []  # the log tells what such a run leaves
        return RunResult(
            status, self._root.last_text, has_unanswered=bool(self.unheard)
        )

    def _outcome(self, code: int, acts: Sequence[str]) -> Outcome:
        complete = self._root.complete
        if self._stopped and (complete is None or complete.status != "success"):
            return self._stopped
        if complete is not None and (acts or code == 0):
            return complete.status
        return "error" if code != 0 or acts else "success"

    def _ends(self, code: int, acts: Sequence[str]) -> list[Error]:
        """Report what was wrong with the program's exit."""
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
