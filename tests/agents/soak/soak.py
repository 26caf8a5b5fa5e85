"""Kill a real agent, its runner or the server again and again.

python -m tests.agents.soak.soak [--kills N] [--agent claude|opencode] [--seed N]
"""

import argparse
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from sessions_app.protocol.commands import Approve, Prompt
from tests.agents.conftest import start_in_page
from tests.agents.real_agents import RealAgents
from tests.agents.soak.agent_processes import PROC, processes_of, roots_of
from tests.agents.soak.speech import differences, speech_in_lines, speech_in_log
from tests.faults.arena import AT_REST, Arena
from tests.runners.sessions import Fields
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE

VICTIMS = ("agent", "runner", "server")
AMID = ("text", "tool", "permission")
TRUE_WITHIN_S = 15.0  # after a kill: the status is true, and no process is left
SLOW_S = 240.0  # an agent's start, on a machine that does other things, too
KILLS_EACH = 6  # of one session; then the next begins
TEXT = "[scenario: long rate=40 tokens=80]"
DELTAS = (1, 30)  # of a text, before the kill
LAST = "[scenario: long rate=0 tokens=10]"
PROGRAMS = {"node", "claude", "opencode.exe"}  # which are the agent; others are ours
SCENARIOS = Path(__file__).parent / "scenarios"
PAUSE_S = 0.1  # between two looks
NEWS = """SELECT data FROM sessions_app_event
WHERE session_id = ? AND seq > ? AND type = ? ORDER BY seq"""


@dataclass(frozen=True)
class SoakReport:
    """How often was killed what, and what was wrong afterwards."""

    seed: int
    agent: str
    kills: dict[str, int]
    sessions: int
    slowest_status_s: float
    seconds: float
    faults: list[str]

    @property
    def is_good(self) -> bool:
        return self.sessions > 0 and not self.faults


class AgentSoak:
    """Sessions of a real agent in which something is killed, prompt after prompt."""

    def __init__(self, agents: RealAgents, arena: Arena, agent: str, seed: int) -> None:
        self._agents = agents
        self._arena = arena
        self._agent = agent
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 seeded, to be repeatable
        self._sessions = agents.sessions
        self._session = ""
        self._said: list[str] = []  # prompts of this session
        self._runner_kills = 0  # of this session
        self._kills: Counter[str] = Counter()
        self._count = 0
        self._slowest_s = 0.0
        self._faults: list[str] = []

    def run(self, kills: int) -> SoakReport:
        """Kill so many times; each victim amid each kind of work in its turn."""
        began = time.monotonic()
        ways = list(product(VICTIMS, AMID))
        self._dice.shuffle(ways)
        sessions = 0
        for number in range(kills):
            victim, amid = ways[number % len(ways)]
            try:
                self._cut(victim, amid)
            except AssertionError:
                self._tell_all()
                raise
            self._kills[f"{victim} in {amid}"] += 1
            if (number + 1) % KILLS_EACH == 0 or number + 1 == kills:
                self._see_to_its_end()
                sessions += 1
        return SoakReport(
            seed=self._seed,
            agent=self._agent,
            kills=dict(sorted(self._kills.items())),
            sessions=sessions,
            slowest_status_s=round(self._slowest_s, 2),
            seconds=round(time.monotonic() - began, 1),
            faults=self._faults,
        )

    def _cut(self, victim: str, amid: str) -> None:
        scenario = TEXT if amid == "text" else f"[scenario: soak_{self._agent}]"
        self._count += 1
        self._say(f"{self._count}: {scenario}")
        while not self._reach(amid):  # the model went on with what a kill had cut
            self._say(f"{self._count}, again: {scenario}")
        _tell(f"{self._count}: kill the {victim} amid {amid}")
        match victim:
            case "agent":
                self._kill_agent()
            case "runner":
                self._runner_kills += 1
                self._kill_runner()
            case "server":
                self._kill_server(amid)
        self._await_rest()
        self._arena.assert_all_saw(self._session)

    def _say(self, prompt: str) -> None:
        if self._session:
            self._sessions.tell(self._session, Prompt(text=prompt))
        else:
            with closing(self._arena.browse()) as client:
                engine = f"acp:{self._agent}"
                self._session = start_in_page(client, engine, prompt, "default")
            self._arena.watch(self._session)
        self._said.append(prompt)

    def _reach(self, amid: str) -> bool:
        """Wait until the agent is at what the kill cuts; False if it ends before."""
        head = self._sessions.column(self._session, "head_seq")

        def came(type_: str) -> list[Fields]:
            rows = self._agents.installation.rows(NEWS, self._session, head, type_)
            return [json.loads(data) for (data,) in rows]

        if amid == "text":
            wanted = self._dice.randint(*DELTAS)
            _await(lambda: len(came("text_delta")) >= wanted)
            return True
        _await(lambda: came("approval_request") or came("agent_complete"))
        if not (asked := came("approval_request")):
            self._await_rest()
            return False
        if amid == "tool":
            begun = self._begun()
            begun.unlink(missing_ok=True)
            self._approve(asked[0])
            _await(begun.exists)
        return True

    def _begun(self) -> Path:
        """The file that the command makes; a session has no workdir while it queues."""
        return Path(self._sessions.column(self._session, "workdir")) / "begun"

    def _approve(self, asked: Fields) -> None:
        self._sessions.tell(self._session, Approve(tool_use_id=asked["toolUseId"]))

    def _kill_agent(self) -> None:
        """Kill one of the agent's own programs; of Claude Code there are two."""
        pids = roots_of(self._agents.installation.directory, PROGRAMS)
        pid = self._dice.choice(pids)
        command = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[:2]
        _tell(f"{pid} of {pids}: {b' '.join(command).decode()}")
        os.kill(pid, signal.SIGKILL)

    def _kill_runner(self) -> None:
        self._arena.runner.kill()
        self._arena.start_runner()

    def _kill_server(self, amid: str) -> None:
        self._arena.server.process.kill()
        self._arena.restart_server()
        if amid == "permission":
            if self._sessions.status(self._session) != "waiting":
                self._fault("a question was lost with the server")
            asked = self._sessions.events(self._session, "approval_request")[-1]
            self._approve(asked)
        # The session goes on; only what it says now is checked against its end.
        _await(lambda: self._sessions.status(self._session) in AT_REST)

    def _await_rest(self) -> None:
        """The status is true and no process of the agent is left, within seconds."""
        began = time.monotonic()
        session = self._session

        def is_true() -> bool:
            is_at_rest = self._sessions.status(session) in AT_REST
            return is_at_rest and not self._sessions.lease(session)

        _await(is_true)
        self._slowest_s = max(self._slowest_s, time.monotonic() - began)
        _await(lambda: not self._left())
        if time.monotonic() - began > TRUE_WITHIN_S:
            took = f"{time.monotonic() - began:.1f} s"
            self._fault(f"{took} to {self._sessions.status(session)}")

    def _left(self) -> dict[int, str]:
        return processes_of(self._agents.installation.directory)

    def _see_to_its_end(self) -> None:
        """Have the agent answer once more, and compare all that was ever said."""
        self._say(LAST)
        sessions, session = self._sessions, self._session
        sessions.await_rest(session, "completed", within=SLOW_S)
        self._arena.assert_all_saw(session)
        log = sessions.events(session)
        said = [e["text"] for e in log if e["type"] == "user_message"]
        if said != self._said:
            self._fault(f"people said {self._said}, the log has {said}")
        (name,) = {e["agentSessionId"] for e in log if e["type"] == "agent_info"}
        agents = speech_in_lines(self._agents.lines(), name)
        for wrong in differences(agents, speech_in_log(log), self._runner_kills):
            self._fault(wrong)
        for event in self._unanswered(log):
            self._fault(f"the question {event['toolUseId']} is open")
        self._arena.leave()
        self._session, self._said, self._runner_kills = "", [], 0

    def _tell_all(self) -> None:
        """Say where the session and its processes are."""
        kept = [e for e in self._sessions.events(self._session) if "delta" not in e]
        for event in kept[-8:]:
            _tell(json.dumps(event)[:300])
        _tell(f"{self._sessions.status(self._session)}, {self._left()}")
        _tell(self._arena.runner.errors()[-2000:])

    def _unanswered(self, log: list[Fields]) -> list[Fields]:
        closed = ("approval", "tool_result")
        ends = {e["toolUseId"] for e in log if e["type"] in closed}
        asked = (e for e in log if e["type"] == "approval_request")
        return [event for event in asked if event["toolUseId"] not in ends]

    def _fault(self, what: str) -> None:
        _tell(f"FAULT {self._session}: {what}")
        self._faults.append(f"{self._count}, {self._session}: {what}")


def _await(condition: Callable[[], object]) -> None:
    """Wait as `until` does, and leave the processor to what is waited for."""

    def found() -> object:
        if value := condition():
            return value
        time.sleep(PAUSE_S)
        return None

    until(found, SLOW_S)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def soak(agent: str, kills: int, seed: int, directory: Path) -> SoakReport:
    """Soak an installation of its own."""
    background = Background()
    template = Template(SQLITE, directory)
    installation = Installation(SQLITE, directory, template)
    arena = Arena(installation, background)
    command = ["-m", "runners.simulator", "--scenarios", str(SCENARIOS)]
    simulator = installation.adopt(Process(command, installation.env, directory))
    try:
        url = re.search(r"http://\S+", simulator.prints("http://"))
        assert url
        agents = RealAgents(installation, url[0])
        {"claude": agents.claude, "opencode": agents.opencode}[agent]()
        arena.open()
        return AgentSoak(agents, arena, agent, seed).run(kills)
    finally:
        arena.leave()
        installation.end()
        background.end()
        template.drop()


def main() -> int:
    parser = argparse.ArgumentParser(description=AgentSoak.__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--agent", choices=("claude", "opencode"), default="claude")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    _tell(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="ringside-soak-") as directory:
        report = soak(options.agent, options.kills, options.seed, Path(directory))
    _tell(json.dumps(asdict(report)))
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
