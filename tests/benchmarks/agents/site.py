import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.benchmarks.agents.family import AGENT
from tests.benchmarks.ground import Ground
from tests.benchmarks.program import Program
from tests.runners.sessions import Sessions
from tests.servers.installation import SESSION_COOKIE
from tests.servers.process import until
from tests.servers.stack import SQLITE

OWN, ACP = "anthropic", "acp:numbers"


class Site:
    """A Ringside with one runner, whose sessions write numbers.

    Its agents are the own engine, on a Claude that is a process of its own, and a
    program that speaks ACP; both write the same text.
    """

    def __init__(
        self, ground: Ground, *, conversations: int, tokens: int, rate: float
    ) -> None:
        self._ground = ground
        self._times = ground.directory()  # of when the ACP agent's numbers left
        self._claude = _claude(ground, conversations, tokens, rate)
        installation = ground.install(SQLITE)
        installation.env |= {
            "RINGSIDE_SIMULATE": "0",
            "ANTHROPIC_API_KEY": "any",
            "ANTHROPIC_BASE_URL": self._claude.hear(),
        }
        _name_agent(installation.directory, self._times, tokens, rate)
        self.sessions = Sessions(installation)
        served = installation.serve("--no-runner")
        self.runner = installation.start(
            "runagent", "--queue", "--concurrency", str(conversations)
        )
        self._websocket_url = served.websocket_url
        self._client = installation.sign_in(served.url)
        ground.at_end(self._client.close)

    def start(self, engine: str, prompt: str) -> str:
        """Start a session by the page's own form; return its id."""
        page = self._client.get("/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "prompt": prompt, "engine": engine}
        answer = self._client.post("/sessions/", data=form)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).strip("/").rpartition("/")[2]

    def watch(self, sessions: Sequence[str], numbers: int) -> Program:
        """Start a viewer of sessions; it is live when this returns."""
        cookie = f"{SESSION_COOKIE}={self._client.cookies[SESSION_COOKIE]}"
        words = [self._websocket_url, cookie, ",".join(sessions), str(numbers)]
        command = [sys.executable, "-m", "tests.benchmarks.agents.arrivals", *words]
        viewer = Program(command, self._ground.directory())
        self._ground.at_end(viewer.end)
        viewer.hear_until("ready")
        return viewer

    def await_end(self, sessions: Sequence[str]) -> None:
        until(lambda: all(self.sessions.status(s) == "completed" for s in sessions))

    def agent_left(self, name: str) -> list[float]:
        """When the numbers of an ACP session left, in ms since 1970."""
        return msgspec.json.decode((self._times / name).read_bytes(), type=list[float])

    def claude_left(self) -> dict[str, list[float]]:
        """When the numbers left Claude, by conversation; ends Claude."""
        self._claude.say("")
        return msgspec.json.decode(self._claude.hear(), type=dict[str, list[float]])


def _claude(ground: Ground, conversations: int, tokens: int, rate: float) -> Program:
    words = [str(conversations), str(tokens), str(rate)]
    command = [sys.executable, "-m", "tests.benchmarks.load.numbered_claude", *words]
    claude = Program(command, ground.directory())
    ground.at_end(claude.end)
    return claude


def _name_agent(directory: Path, times: Path, tokens: int, rate: float) -> None:
    args = [AGENT, str(times), str(tokens), str(rate)]
    lines = (
        "[numbers]",
        f"command = {json.dumps(sys.executable)}",
        f"args = {json.dumps(args)}",
    )
    (directory / "agents.toml").write_text("\n".join(lines))
