"""An agent's side of a pipe, in memory: what it writes, and what it is told."""

import asyncio
import json
from collections.abc import Iterable, Sequence

from runners.engines.acp.dialog.agent_dialog import AgentDialog
from runners.engines.acp.handshake import AgentHandshake
from runners.engines.acp.memory import EarlierRuns
from runners.engines.acp.source import AgentSource
from runners.engines.json_lines.read_line import read_line
from runners.engines.program.diagnostics import StderrTail
from runners.engines.program.read_object import read_object
from runners.permissions.rules import Rules
from runners.port.engine import SessionBrief
from sessions_app.agents.entry import AgentEntry
from sessions_app.protocol.wire import Json
from tests.runners.bare_host import BareHost

SESSION = "s1"
BRIEF = SessionBrief(
    session_id="s_test", engine="acp", model="mine", permission_mode="default",
    workdir="/work", options={"agent": "mine"}, tree_options={}, depth=0,
    is_resumed=False,
)  # fmt: skip


class FreeHost(BareHost):
    """A host without rules and without limits."""

    async def rules(self) -> Rules:
        return Rules()

    async def afford(self) -> str:
        return ""


class PipedAgent:
    """Stands where a program does: the test writes its output, and reads its input."""

    takes_input = True
    pid = 1

    def __init__(self) -> None:
        self.told: list[Json] = []
        self._output = asyncio.StreamReader()

    def write(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self._output.feed_data(chunk)

    def close(self) -> None:
        self._output.feed_eof()

    async def read(self) -> bytes:
        return await self._output.read(65536)

    def send(self, line: str) -> None:
        self.told.append(read_object(line.encode()))

    async def finish(self, wait_s: float) -> Sequence[str]:
        return []

    def wait_longer(self, wait_s: float) -> None:
        """Nothing waits."""

    async def end(self) -> int:
        return 0

    async def asked(self, method: str) -> Json:
        """Wait for the newest request of a method."""
        while True:
            for line in reversed(self.told):
                if line.get("method") == method:
                    return line
            await asyncio.sleep(0)


async def lines_of(chunks: Iterable[bytes]) -> tuple[list[Json], list[Json]]:
    """What becomes of an agent's output after its prompt; and what it was told."""
    agent = PipedAgent()

    async def save(text: str, total: int) -> None:
        """Diagnostics are not looked at."""

    tail = StderrTail(1000, save, lambda text: text)
    source = AgentSource(agent, tail)
    host = FreeHost()
    entry = AgentEntry(id="mine", command="mine")
    past = EarlierRuns(unanswered=["go"], messages=["go"])
    handshake = AgentHandshake(source.peer, entry, BRIEF, past, 10)
    dialog = AgentDialog(source.peer, handshake, BRIEF, host, past, source.say)
    found: list[Json] = []
    async with asyncio.timeout(30), source.talking(dialog):
        hello = await agent.asked("initialize")
        agent.write(answer(hello["id"], {"protocolVersion": 1}))
        new = await agent.asked("session/new")
        agent.write(answer(new["id"], {"sessionId": SESSION}))
        prompt = await agent.asked("session/prompt")
        agent.write(*chunks)
        agent.write(b"\n" + answer(prompt["id"], {"stopReason": "end_turn"}))
        agent.close()
        while data := await source.read():
            found += split(data)
    return found, agent.told


def answer(id_: object, result: Json) -> bytes:
    line = {"jsonrpc": "2.0", "id": id_, "result": result}
    return json.dumps(line).encode() + b"\n"


def split(data: bytes) -> list[Json]:
    return [read_line(line) for line in data.splitlines()]
