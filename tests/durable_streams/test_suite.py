"""The conformance tests of the protocol itself, against a running server."""

import os
import re

import pytest

from tests.conftest import Install
from tests.durable_streams.node import in_place, run
from tests.servers.stack import SQLITE

# `make durable-streams` sets it: the suite takes some minutes.
WANTED = "RINGSIDE_DURABLE_STREAMS"
WITHIN_S = 1500


@pytest.mark.skipif(WANTED not in os.environ, reason="run make durable-streams")
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_suite")
def test_server_conforms_to_the_protocol(install: Install) -> None:
    installation = install(SQLITE)
    installation.env["RINGSIDE_STREAM_LONG_POLL_S"] = "2"
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    scopes = [word for one in ("read", "control", "start") for word in ("--scope", one)]
    token = installation.manage("token", "create", "t", "--user", "admin", *scopes)
    suite = in_place("suite.test.mjs")
    vitest = ["node_modules/vitest/vitest.mjs", "run", suite.name, "--no-color"]
    limits = ["--testTimeout", "60000"]
    printed = run([*vitest, *limits], served.url, token.strip(), WITHIN_S)
    passed = re.search(r"Tests +(\d+) passed", printed)
    assert passed is not None, printed
    assert int(passed[1]) >= 330
