from pathlib import Path

import pytest

from tests.servers.installation import Installation
from tests.servers.process import Process


class Programs:
    """Starts `runagent --exec` on programs that a test writes, in plain shell."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.workdir = installation.directory / "work"
        self.workdir.mkdir(exist_ok=True)

    def start(self, script: str, *words: str, **env: str) -> Process:
        path = self.write(script)
        command = ["runagent", "--exec", f"sh {path}", "--workdir", str(self.workdir)]
        return self._installation.start(*command, *words, **env)

    def go_on(self, session_id: str, *words: str) -> Process:
        return self._installation.start("runagent", "--session", session_id, *words)

    def write(self, script: str) -> Path:
        path = self._installation.directory / "program.sh"
        path.write_text(script)
        return path


@pytest.fixture
def programs(installation: Installation) -> Programs:
    return Programs(installation)
