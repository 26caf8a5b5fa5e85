import json
import os
import re
import sys
from collections.abc import Iterator

import httpx2
import pytest

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.agents import tap
from tests.agents.install import NODE_BIN, bin_of
from tests.agents.wire import Json, read_tap
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.process import Process

RATE = 200.0  # tokens per second of the simulated model
CLAUDE_ENV = {
    "ANTHROPIC_API_KEY": "any",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "IS_SANDBOX": "1",  # or it refuses to bypass permissions as root
}
OPENCODE = {
    "autoupdate": False,
    "share": "disabled",
    "model": "anthropic/claude-sonnet-4-5",
    "permission": {"bash": "ask", "edit": "ask"},
}


class RealAgents:
    """Real agents on the simulator, with every line of theirs written down."""

    def __init__(self, installation: Installation, simulator: Simulator) -> None:
        self.installation = installation
        self.sessions = Sessions(installation)
        self.workdir = installation.directory / "work"
        self.workdir.mkdir()
        self._url = simulator.url
        self._lines = installation.directory / "lines.jsonl"
        path = os.pathsep.join((str(NODE_BIN), os.environ["PATH"]))
        self._env = {"PATH": path, "HOME": str(installation.directory)}
        self._tables: list[str] = []

    def name(self, agent: str, set_: str, command: str, *args: str, **env: str) -> None:
        """Name an installed agent in agents.toml; skip the test if it is not here."""
        program = bin_of(set_) / command
        if not program.exists():
            pytest.skip(f"{command} is not installed: make agents")
        wrapper = [sys.executable, tap.__file__, str(self._lines), "--"]
        self._tables += [
            f"[{agent}]",
            f"command = {json.dumps(str(program))}",
            f"args = {json.dumps(args)}",
            f"wrapper = {json.dumps(wrapper)}",
            *(
                f"env.{name} = {json.dumps(value)}"
                for name, value in (self._env | env).items()
            ),
        ]
        path = self.installation.directory / "agents.toml"
        path.write_text("\n".join(self._tables))

    def claude(self) -> None:
        config = str(self.installation.directory / "claude")
        env = CLAUDE_ENV | {
            "CLAUDE_CONFIG_DIR": config,
            "ANTHROPIC_BASE_URL": self._url,
        }
        self.name("claude", "claude", "claude-agent-acp", **env)

    def opencode(self) -> None:
        provider = {"baseURL": f"{self._url}/v1", "apiKey": "any"}
        config = OPENCODE | {"provider": {"anthropic": {"options": provider}}}
        (self.workdir / "opencode.json").write_text(json.dumps(config))
        self.name("opencode", "more", "opencode", "acp")

    def start(self, agent: str, prompt: str, *words: str) -> Process:
        command = ["runagent", "--agent", agent, "--workdir", str(self.workdir)]
        return self.installation.start(*command, prompt, *words)

    def go_on(self, session_id: str, *words: str) -> Process:
        return self.installation.start("runagent", "--session", session_id, *words)

    def lines(self) -> list[tuple[str, Json]]:
        return read_tap(self._lines)


@pytest.fixture
def real_agents(
    installation: Installation, background: Background
) -> Iterator[RealAgents]:
    simulator = background.call(Simulator(SimulatorOptions(rate=RATE)).__aenter__())
    yield RealAgents(installation, simulator)
    background.call(simulator.__aexit__(None, None, None))


def start_in_page(client: httpx2.Client, engine: str, prompt: str, mode: str) -> str:
    """Start a session by the page's form; return its id."""
    page = client.get("/").text
    assert f'<option value="{engine}">' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {
        "csrfmiddlewaretoken": token[1],
        "prompt": prompt,
        "engine": engine,
        "permission_mode": mode,
    }
    answer = client.post("/sessions/", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].strip("/").rpartition("/")[2]
