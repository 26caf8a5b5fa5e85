import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from django.conf import settings

from runners.engines.acp.dialog.agent_dialog import AgentDialog
from runners.engines.acp.rpc import RpcPeer
from runners.engines.json_lines.complaints import Complaints
from runners.engines.program.diagnostics import StderrTail
from runners.engines.program.lines import Lines, ProgramLine
from runners.engines.program.read_object import read_object
from runners.port.host import HostClosed
from sessions_app.protocol.encoding.codec import ProtocolError, decode_command
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.wire import Json

WAITING_MAX_LINES = 500  # lines not yet read; above that, reading from the agent pauses


class AgentProcess(Protocol):
    """The methods of Program that AgentSource uses."""

    @property
    def takes_input(self) -> bool: ...

    async def read(self) -> bytes: ...

    def send(self, line: str) -> None: ...

    async def finish(self, wait_s: float) -> Sequence[str]: ...

    async def end(self) -> int: ...


class AgentSource:
    """A running ACP agent, as a source of lines of Ringside's own protocol.

    One task reads the agent's messages, another runs the dialog. `read` returns the
    resulting lines; while too many of them wait, reading from the agent pauses.
    """

    is_live = True

    def __init__(self, program: AgentProcess, diagnostics: StderrTail) -> None:
        self.peer = RpcPeer(program.send)
        self._program = program
        self._diagnostics = diagnostics
        self._complaints = Complaints(settings.EXEC_BAD_LINES_MAX)
        self._lines: deque[bytes] = deque()
        self._changed = asyncio.Event()  # lines were added or read, or a task has ended
        self._is_ended = False
        self._patient_until = 0.0  # loop time until which `finish` waits
        self._conversation: AgentDialog | None = None

    @property
    def takes_input(self) -> bool:
        return self._program.takes_input

    def say(self, line: Json) -> None:
        self._lines.append(encode_json(line) + b"\n")
        self._changed.set()

    @asynccontextmanager
    async def talking(self, conversation: AgentDialog) -> AsyncIterator[None]:
        """Run the dialog while the context is open."""
        self._conversation = conversation
        talking = asyncio.create_task(conversation.run())
        reading = asyncio.create_task(self._read(conversation))
        ending = asyncio.create_task(self._end(talking, reading))
        try:
            yield
        finally:
            for task in (talking, reading, ending):
                task.cancel()
            await asyncio.wait({talking, reading, ending})
            for task in (talking, reading, ending):
                if not task.cancelled():
                    task.exception()  # `read` has raised it

    async def read(self) -> bytes:
        while not self._lines and not self._is_ended:
            self._changed.clear()
            await self._changed.wait()
        data = b"".join(self._lines)
        self._lines.clear()
        self._changed.set()
        return data

    def send(self, line: str) -> None:
        """Pass a command to the dialog; its `sessionId` names a sub-agent."""
        fields = read_object(line.encode())
        session = fields.pop("sessionId", "")
        if self._conversation is not None:
            command = decode_command(encode_json(fields))
            self._conversation.command(command, session)
            self._changed.set()

    async def finish(self, wait_s: float) -> Sequence[str]:
        """Wait at most `wait_s` seconds for the dialog to end, then end the agent."""
        self.wait_longer(wait_s)
        loop = asyncio.get_running_loop()
        while not self._is_over and (left := self._patient_until - loop.time()) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                continue
        if not self._is_over:
            return await self._program.finish(0)
        if self._conversation is not None and self._conversation.was_stopped:
            # Only then does the log say that it stopped; what ends it is no fault.
            await self._program.finish(settings.ACP_STOPPED_EXIT_S)
            return ()
        return await self._program.finish(settings.EXEC_EXIT_S)

    def wait_longer(self, wait_s: float) -> None:
        until = asyncio.get_running_loop().time() + wait_s
        self._patient_until = max(self._patient_until, until)

    async def end(self) -> int:
        return await self._program.end()

    @property
    def _is_over(self) -> bool:
        return self._conversation is None or self._conversation.is_over

    async def _read(self, conversation: AgentDialog) -> None:
        """Read the agent's messages until its output ends."""
        lines = Lines(settings.EXEC_LINE_MAX_BYTES)
        while data := await self._program.read():
            for line in lines.feed(data):
                self._take(conversation, line)
            await self._room()
        for line in lines.end():
            self._take(conversation, line)
        conversation.gone(self._diagnostics.last_line)

    async def _end(self, *tasks: asyncio.Task[None]) -> None:
        """Mark the end of the lines once the agent has ended or a task has failed."""
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for error in self._complaints.rest():
            self.say(_as_line(error.code, error.message))
        self._is_ended = True
        self._changed.set()
        for task in tasks:
            fault = task.exception() if _has_ended(task) else None
            if fault and not isinstance(fault, HostClosed):
                raise fault

    def _take(self, conversation: AgentDialog, line: ProgramLine) -> None:
        try:
            if line.is_too_long:
                limit = settings.EXEC_LINE_MAX_BYTES
                raise ProtocolError("$", f"longer than {limit:,} bytes")
            call = self.peer.take(read_object(line.data))
        except ProtocolError as error:
            self._diagnostics.add(line.data + b"\n")
            for complaint in self._complaints.about(line, error):
                self.say(_as_line(complaint.code, complaint.message))
            return
        if call is not None:
            conversation.take(call)
        self._changed.set()

    async def _room(self) -> None:
        """Wait while too many lines are unread."""
        while len(self._lines) > WAITING_MAX_LINES:
            self._changed.clear()
            await self._changed.wait()


def _has_ended(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled()


def _as_line(code: str, message: str) -> Json:
    return {"type": "error", "code": code, "message": message, "fatal": False}


OpenConversation = Callable[[AgentSource], AgentDialog]
