from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.peers.peer import Step
from tests.benchmarks.rig import Rig
from tests.benchmarks.usage import cpu_seconds
from tests.servers.stack import Stack

GRACE_S = 10.0  # for viewers to come, and to see the rest


class RingsidePeer:
    """Ourselves: a producer writes the log, viewers acknowledge."""

    name = "Ringside"
    first_rate = 500.0

    def __init__(self, ground: Ground, stack: Stack) -> None:
        self._viewers = ground.plan.viewers
        self._rig = Rig(ground, stack)

    def step(self, rate: float, seconds: float) -> Step:
        count = round(rate * seconds)
        sessions = self._rig.new_sessions(1)
        load = self._rig.load(sessions, self._viewers, seconds + GRACE_S, upto=count)
        cpu = cpu_seconds(self._rig.server_pid)
        viewers_cpu = load.cpu_s()
        made = self._rig.production.do(Job(sessions=sessions, count=count, rate=rate))
        viewers_cpu = load.cpu_s() - viewers_cpu
        cpu = cpu_seconds(self._rig.server_pid) - cpu
        return Step(rate, count, made.elapsed_s, load.seen(), cpu, viewers_cpu)
