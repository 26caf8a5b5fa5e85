import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.runners.engines.acp import agent
from tests.servers.installation import Installation
from tests.servers.process import Process

PROGRAM = Path(agent.__file__)
MODES = {
    "modes": {
        "currentModeId": "auto",
        "availableModes": [
            {"id": "auto", "name": "Auto"},
            {"id": "default", "name": "Ask"},
        ],
    }
}


class Agents:
    """Starts sessions of the scripted agent, at a command line or from the queue."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._script = installation.directory / "script.json"
        self.memory = installation.directory / "memory.jsonl"
        self.workdir = installation.directory / "work"
        self.workdir.mkdir(exist_ok=True)

    @property
    def command(self) -> str:
        words = [sys.executable, str(PROGRAM), str(self._script), str(self.memory)]
        return shlex.join(words)

    def script(self, *prompts: list[dict[str, Any]], **more: Any) -> None:
        """Say what the agent does, prompt by prompt."""
        script = {"prompts": prompts, "state": MODES} | more
        self._script.write_text(json.dumps(script))

    def name(self, **fields: Any) -> None:
        """Name the agent in agents.toml, as `scripted`."""
        program, *args = shlex.split(self.command)
        lines = [
            "[scripted]",
            f"command = {json.dumps(program)}",
            f"args = {json.dumps(args)}",
            *(f"{name} = {json.dumps(value)}" for name, value in fields.items()),
        ]
        path = self._installation.directory / "agents.toml"
        path.write_text("\n".join(lines))

    def start(self, prompt: str, *words: str, **env: str) -> Process:
        command = ["runagent", "--agent", self.command, "--workdir", str(self.workdir)]
        return self._installation.start(*command, prompt, *words, **env)

    def go_on(self, session_id: str, *words: str) -> Process:
        return self._installation.start("runagent", "--session", session_id, *words)


@pytest.fixture
def agents(installation: Installation) -> Agents:
    return Agents(installation)
