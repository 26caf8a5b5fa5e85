"""Have real agents write transcripts, on the simulator, into var/transcripts.

python -m tests.agents.transcripts.record [--runs N]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.agents.install import TARGET, bin_of
from tests.agents.real_agents import CLAUDE_ENV, OPENCODE, OPENCODE_ENV
from tests.servers.background import Background

RECORDED = TARGET.parent / "transcripts"
CLAUDE = "claude/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude"
PLAIN = ("markdown", "thinking", "unicode", "long tokens=300", "cut", "refusal")
CLAUDE_SCENARIOS = ("claude_code", "claude_code_permissions", *PLAIN)
OPENCODE_SCENARIOS = ("opencode", "opencode_permissions", *PLAIN)
RUN_S = 120.0  # at most
CUT_S = 6.0  # after so long some runs are killed, in the middle of what they do


class Recording:
    """One directory of what agents keep of their sessions: a person's home."""

    def __init__(self, home: Path, simulator_url: str) -> None:
        self.home = home
        self._url = simulator_url
        self._workdir = home / "project"
        self._workdir.mkdir(parents=True)
        self._env = {"PATH": os.environ["PATH"], "HOME": str(home)}

    def claude(self, scenario: str, *, is_cut: bool = False) -> str:
        """Run Claude Code once; return its session's name."""
        name = str(uuid.uuid4())
        self._claude(scenario, "--session-id", name, is_cut=is_cut)
        return name

    def claude_again(self, name: str, scenario: str, *, forks: bool = False) -> None:
        """Resume a session, or go on with a copy of it."""
        self._claude(scenario, "--resume", name, *(["--fork-session"] * forks))

    def _claude(self, scenario: str, *words: str, is_cut: bool = False) -> None:
        mode = ["--permission-mode", "bypassPermissions"]
        prompt = f"[scenario: {scenario} rate={20 if is_cut else 0}]"
        env = CLAUDE_ENV | {"ANTHROPIC_BASE_URL": self._url}
        program = str(TARGET / CLAUDE)
        self._run([program, "-p", prompt, *mode, *words], env, is_cut=is_cut)

    def opencode(self, scenario: str) -> None:
        provider = {"baseURL": f"{self._url}/v1", "apiKey": "any"}
        config = OPENCODE | {
            "permission": "allow",
            "provider": {"anthropic": {"options": provider}},
        }
        env = OPENCODE_ENV | {"OPENCODE_CONFIG_CONTENT": json.dumps(config)}
        program = str(bin_of("more") / "opencode")
        self._run([program, "run", f"[scenario: {scenario} rate=0]"], env)

    def _run(
        self, command: list[str], env: dict[str, str], *, is_cut: bool = False
    ) -> None:
        began = time.monotonic()
        with suppress(subprocess.TimeoutExpired):  # then it has been killed
            subprocess.run(
                command,
                cwd=self._workdir,
                env=self._env | env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=CUT_S if is_cut else RUN_S,
            )
        took = time.monotonic() - began
        sys.stdout.write(f"{took:5.1f} s  {Path(command[0]).name} {command[1:3]}\n")
        sys.stdout.flush()


def record(recording: Recording, runs: int) -> None:
    """Have agents work `runs` times: new sessions, resumed, forked and killed ones."""
    names: list[str] = []
    for number, scenario in enumerate(islice(cycle(CLAUDE_SCENARIOS), runs)):
        names.append(recording.claude(scenario, is_cut=number % 7 == 5))
        if number % 4 == 1:
            recording.claude_again(names[-1], "markdown")
        if number % 5 == 2:
            recording.claude_again(names[-1], "claude_code", forks=True)
    for scenario in _opencode_scenarios(runs):
        recording.opencode(scenario)


def _opencode_scenarios(runs: int) -> Iterator[str]:
    return islice(cycle(OPENCODE_SCENARIOS), runs // 3)


def main() -> int:
    parser = argparse.ArgumentParser(description=record.__doc__)
    parser.add_argument("--runs", type=int, default=24)
    options = parser.parse_args()
    shutil.rmtree(RECORDED, ignore_errors=True)
    background = Background()
    simulator = background.call(Simulator(SimulatorOptions()).__aenter__())
    record(Recording(RECORDED, simulator.url), options.runs)
    background.call(simulator.__aexit__(None, None, None))
    background.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
