import asyncio
import secrets
import socket

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.load import Crowd
from tests.benchmarks.peers.lines import send_lines
from tests.benchmarks.peers.peer import Step
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.program import Program
from tests.benchmarks.usage import cpu_seconds
from tests.servers.process import until


class HubPeer:
    """A plain hub in Go: history in memory, 256 events a viewer, then it cuts."""

    name = "Go hub"
    first_rate = 250.0

    def __init__(self, ground: Ground, gohub: str) -> None:
        self._ground = ground
        self._port = _free_port()
        self._program = Program([gohub, str(self._port)], ground.directory())
        ground.at_end(self._program.end)
        until(lambda: _answers(self._port))

    def step(self, rate: float, seconds: float) -> Step:
        count, session = round(rate * seconds), f"s_{secrets.token_hex(4)}"
        crowd = Crowd(
            url=f"ws://127.0.0.1:{self._port}/ws/",
            sessions=[session],
            clients=self._ground.plan.viewers,
            limit_s=seconds + GRACE_S,
            upto=count,
            protocol="hub",
        )
        load = self._ground.load(crowd)
        cpu, viewers_cpu = cpu_seconds(self._program.pid), load.cpu_s()
        took = asyncio.run(send_lines(session, count, rate, self._send))
        viewers_cpu = load.cpu_s() - viewers_cpu
        cpu = cpu_seconds(self._program.pid) - cpu
        return Step(rate, count, took, load.seen(), cpu, viewers_cpu)

    async def _send(self, line: str) -> None:
        self._program.say(line)


def _free_port() -> int:
    # The hub wants a number and tells none.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
