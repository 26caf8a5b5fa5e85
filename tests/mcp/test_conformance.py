"""The conformance tests of MCP itself, as a client of a running server.

Each revision of the protocol has a list of scenarios that it requires; the suite runs
them as clients of that revision speak: with a handshake, or (from 2026-07-28) without.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.install import NODE_BIN, TARGET, install
from tests.conftest import Install
from tests.mcp.token_proxy import TokenProxy
from tests.servers.process import PATIENCE_S
from tests.servers.stack import SQLITE

SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
SCOPES = ("--scope", "read", "--scope", "control", "--scope", "start")
RESULT = re.compile(r"^([✓✗]) (\S+): (\d+) passed, (\d+) failed", re.MULTILINE)
TOTAL = {"2025-11-25": 30, "2026-07-28": 37}  # scenarios that a revision requires
# An extension of the protocol, which the server does not have and does not announce.
# The suite runs its scenarios, and does not count them.
EXTENSION = "tasks-"


@pytest.fixture(scope="module")
def door(install_for_module: Install) -> Iterator[str]:
    """The address of a real server's MCP, which has the catalogue of the suite."""
    if install("mcp"):
        pytest.skip("npm could not fetch the suite: python -m tests.agents.install")
    installation = install_for_module(SQLITE)
    served = installation.serve(
        "--no-runner",
        RINGSIDE_MCP_CATALOGUES="tests.mcp.catalogue.catalogue.CATALOGUE",
    )
    installation.sign_in(served.url).close()
    make = ("token", "create", "t", "--user", "admin", *SCOPES)
    with TokenProxy(served.url, installation.manage(*make).strip()) as proxy:
        yield f"{proxy.url}/mcp"
    assert "Traceback" not in served.process.errors()


@pytest.mark.parametrize("revision", TOTAL)
def test_server_conforms_to_the_protocol(
    door: str, revision: str, tmp_path: Path
) -> None:
    command = [str(NODE_BIN / "node"), str(TARGET / "mcp" / SUITE), "server"]
    done = subprocess.run(
        [*command, "--url", door, "--requirements", revision],
        cwd=tmp_path,  # it leaves its results there
        env=os.environ | {"NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = RESULT.findall(done.stdout)
    ours = [one for one in told if not one[1].startswith(EXTENSION)]
    assert [one for one in ours if one[0] != "✓" or one[3] != "0"] == []
    counted = [one for one in ours if one[2] != "0"]
    assert len(counted) >= TOTAL[revision], done.stdout
