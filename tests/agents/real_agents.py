import json
import os
import sys
from typing import Any

import pytest

from tests.agents import tap
from tests.agents.install import NODE_BIN, bin_of
from tests.agents.wire_schema import Line, read_tap
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process

CLAUDE_ENV = {
    "ANTHROPIC_API_KEY": "any",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "IS_SANDBOX": "1",  # or it refuses to bypass permissions as root
}
OPENCODE_ENV = {  # nothing is fetched: no list of models, no plugin, no language server
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
}
ASK = {"bash": "ask", "edit": "ask"}
OPENCODE = {
    "autoupdate": False,
    "share": "disabled",
    "model": "anthropic/claude-sonnet-4-5",
    "permission": ASK,
}
CODEX = """
model = "gpt-5-codex"
model_provider = "simulated"
[model_providers.simulated]
name = "simulated"
base_url = "{url}"
env_key = "SIMULATED_KEY"
wire_api = "responses"
"""


class RealAgents:
    """Real agents on the simulator, with every line of theirs written down."""

    def __init__(self, installation: Installation, simulator_url: str) -> None:
        self.installation = installation
        self.sessions = Sessions(installation)
        self.workdir = installation.directory / "work"
        self.workdir.mkdir()
        self._url = simulator_url
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

    def opencode(self, *, sub_agents_ask: bool = False) -> None:
        """What its sub-agents ask reaches nobody, so as a rule they need not ask."""
        provider = {"baseURL": f"{self._url}/v1", "apiKey": "any"}
        config: dict[str, Any] = {"provider": {"anthropic": {"options": provider}}}
        if not sub_agents_ask:
            config["agent"] = {"general": {"permission": dict.fromkeys(ASK, "allow")}}
        content = {"OPENCODE_CONFIG_CONTENT": json.dumps(OPENCODE | config)}
        self.name("opencode", "more", "opencode", "acp", **OPENCODE_ENV, **content)

    def codex(self, responses_url: str) -> None:
        """`responses_url` is where the Responses API is: the simulator has it not."""
        home = self.installation.directory / "codex"
        home.mkdir()
        (home / "config.toml").write_text(CODEX.format(url=responses_url))
        env = {"CODEX_HOME": str(home), "SIMULATED_KEY": "any"}
        self.name("codex", "more", "codex-acp", **env)

    def gemini(self, url: str) -> None:
        """`url` is where the Gemini API is: the simulator has it not."""
        env = {"GEMINI_API_KEY": "any", "GOOGLE_GEMINI_BASE_URL": url}
        model = {"GEMINI_MODEL": "gemini-2.5-flash"}
        self.name("gemini", "more", "gemini", "--acp", **env, **model)

    def start(self, agent: str, prompt: str, *words: str, **env: str) -> Process:
        command = ["runagent", "--agent", agent, "--workdir", str(self.workdir)]
        return self.installation.start(*command, prompt, *words, **env)

    def go_on(self, session_id: str, *words: str) -> Process:
        return self.installation.start("runagent", "--session", session_id, *words)

    @property
    def are_named(self) -> bool:
        return bool(self._tables)

    def lines(self) -> list[Line]:
        return read_tap(self._lines)
