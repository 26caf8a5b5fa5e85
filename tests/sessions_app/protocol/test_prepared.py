import sys
from subprocess import run

import pytest

from tests.servers.process import ROOT


@pytest.mark.parametrize(("what", "forks"), [("log", 200), ("modules", 50)])
def test_threads_that_are_the_first_to_decode_never_crash_a_process(
    what: str, forks: int
) -> None:
    command = ["-m", "tests.sessions_app.protocol.first_decoding", what, str(forks)]
    done = run(
        [sys.executable, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,  # a few seconds, on a machine of its own
        check=True,
    )
    kinds, _, crashed = done.stdout.strip().partition(" ")
    assert int(kinds) > 5
    assert crashed == "[]"
