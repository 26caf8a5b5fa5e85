"""The conformance tests of MCP itself, as a client of a running server."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.agents.install import NODE_BIN, TARGET, install
from tests.mcp.token_proxy import TokenProxy
from tests.servers.installation import Installation
from tests.servers.process import PATIENCE_S

HERE = Path(__file__).parent
SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
SCOPES = ("--scope", "read", "--scope", "control", "--scope", "start")
HOLD = {"server-initialize", "ping", "tools-list", "dns-rebinding-protection"}


@pytest.fixture(scope="session")
def _suite() -> None:
    if install("mcp"):
        pytest.skip("npm could not fetch the suite: python -m tests.agents.install")


@pytest.mark.usefixtures("_suite")
def test_server_conforms_to_the_protocol(
    installation: Installation, tmp_path: Path
) -> None:
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    make = ("token", "create", "t", "--user", "admin", *SCOPES)
    token = installation.manage(*make).strip()
    with TokenProxy(served.url, token) as proxy:
        command = [str(NODE_BIN / "node"), str(TARGET / "mcp" / SUITE), "server"]
        options = ["--url", f"{proxy.url}/mcp"]
        expected = ["--expected-failures", str(HERE / "exceptions.yml")]
        done = subprocess.run(
            [*command, *options, *expected],
            cwd=tmp_path,  # it leaves its results there
            env=os.environ | {"NO_COLOR": "1"},
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.findall(r"^✓ (\S+): [1-9]", done.stdout, re.MULTILINE)
    assert set(passed) == HOLD, done.stdout
