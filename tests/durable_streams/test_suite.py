"""The conformance tests of the protocol itself, against a running server."""

import os
import re

from tests.conftest import Install
from tests.durable_streams.node import in_place, run
from tests.servers.stack import SQLITE

# `make durable-streams` runs all; CI the parts that people build on.
PARTS = (
    "Offset Validation and Resumability",
    "Long-Poll",
    "Idempotent Producer Operations",
    "SSE Mode",
    "Stream Closure",
    "JSON Mode",
)
WITHIN_S = 1500


def test_server_conforms_to_the_protocol(install: Install) -> None:
    installation = install(SQLITE)
    installation.env["RINGSIDE_STREAM_LONG_POLL_S"] = "2"
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    scopes = [word for one in ("read", "control", "start") for word in ("--scope", one)]
    token = installation.manage("token", "create", "t", "--user", "admin", *scopes)
    is_whole = os.environ.get("RINGSIDE_DURABLE_STREAMS") == "all"
    wanted = [] if is_whole else ["--testNamePattern", "|".join(PARTS)]
    suite = in_place("suite.test.mjs")
    vitest = ["node_modules/vitest/vitest.mjs", "run", suite.name, "--no-color"]
    limits = ["--testTimeout", "60000"]
    printed = run([*vitest, *limits, *wanted], served.url, token.strip(), WITHIN_S)
    passed = re.search(r"Tests +(\d+) passed", printed)
    assert passed is not None, printed
    assert int(passed[1]) >= (330 if is_whole else 150)
