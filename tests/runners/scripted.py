import json
from typing import Any

from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator
from tests.runners.engines.claude_api.wire import unmarked
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.process import Process

KEY = "sk-ant-of-the-test"


class ScriptedClaude:
    """Claude, saying what a test wants, and real runners that talk with it."""

    def __init__(
        self, installation: Installation, background: Background, simulator: Simulator
    ) -> None:
        self.env = {
            "RINGSIDE_SIMULATE": "0",
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": simulator.url,
        }
        self.workdir = installation.directory / "work"
        self.workdir.mkdir(exist_ok=True)
        self._installation = installation
        self._background = background
        self._simulator = simulator

    def says(self, *replies: CannedStream) -> None:
        """Give the next requests these replies."""
        self._background.do(lambda: self._simulator.answer_next(*replies))

    def start(self, prompt: str, *options: str, **env: str) -> Process:
        """Start `runagent` on a new session, in `workdir`."""
        words = ["runagent", prompt, "--workdir", str(self.workdir), *options]
        return self._installation.start(*words, **self.env, **env)

    def go_on(self, session_id: str, *words: str, **env: str) -> Process:
        """Start `runagent` on a session that there is."""
        words = ("runagent", "--session", session_id, *words)
        return self._installation.start(*words, **self.env, **env)

    def bodies(self) -> list[bytes]:
        """All requests that it was sent."""
        return self._background.do(
            lambda: [request.body for request in self._simulator.requests]
        )

    def heard(self) -> list[dict[str, Any]]:
        """What it was last told: the messages of the last request."""
        requests = self._background.do(lambda: list(self._simulator.requests))
        return unmarked(json.loads(requests[-1].body)["messages"])
