import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.agents.install import NODE_BIN, TARGET, install
from tests.conftest import Install
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, Process
from tests.servers.stack import SQLITE

SCOPES = ("read", "control", "start")
READ_RUN = Path(__file__).parent / "read_run.mjs"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def modules() -> Path:
    """Where @ag-ui/client is installed; skips if npm cannot fetch it."""
    if install("ag_ui"):
        pytest.skip("npm could not fetch @ag-ui/client: python -m tests.agents.install")
    return TARGET / "ag_ui"


@dataclass(frozen=True)
class AgUi:
    """A server with a runner, and a token of its admin."""

    installation: Installation
    served: Served
    token: str

    @classmethod
    def of(cls, installation: Installation, **env: str) -> "AgUi":
        served = installation.serve("--no-runner")
        installation.sign_in(served.url).close()
        installation.start("runagent", "--queue", "--concurrency", "30", **env)
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        words = ("token", "create", "t", "--user", "admin", *scopes)
        return cls(installation, served, installation.manage(*words).strip())

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}

    def run(self, thread_id: str, text: str = "", **more: Any) -> list[Json]:
        """Ask for a run of a thread; return its events."""
        asked = {"threadId": thread_id, "runId": "r", "messages": []} | more
        if text:
            asked["messages"] = [{"id": f"m {text}", "role": "user", "content": text}]
        address = f"{self.served.url}/api/v1/ag-ui"
        with httpx2.stream(
            "POST", address, json=asked, headers=self.headers, timeout=PATIENCE_S
        ) as answer:
            if answer.status_code != 200:
                raise AssertionError(answer.read())
            lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: ")) for line in lines]

    def client(self, modules: Path, *words: str) -> Process:
        """Start @ag-ui/client; `words`: a thread, a prompt, messages between cuts."""
        address = f"{self.served.url}/api/v1/ag-ui"
        command = [str(READ_RUN), str(modules), address, self.token, *words]
        process = Process(
            command, {}, self.installation.directory, program=str(NODE_BIN / "node")
        )
        return self.installation.adopt(process)


@pytest.fixture(scope="module")
def ag_ui(install_for_module: Install) -> AgUi:
    return AgUi.of(install_for_module(SQLITE))
