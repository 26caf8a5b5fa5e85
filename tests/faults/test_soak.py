import json
import os
import subprocess
import sys

from tests.faults.deed import CallDone, RunOutcome
from tests.servers.process import ROOT

KILLS = os.environ.get("RINGSIDE_SOAK_KILLS", "8")


def test_a_session_killed_again_and_again_ends_as_if_it_had_not_been() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.soak", "--kills", KILLS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["kills"] == int(KILLS)


def test_a_soak_can_tell_that_something_differs() -> None:
    done = RunOutcome(("a",), (CallDone("bash", "ls", "x"),), ())
    cut = RunOutcome(("a",), (CallDone("bash", "ls", None),), ())
    other = RunOutcome(("a",), (CallDone("bash", "ls", "y"),), ())
    assert list(done.differences(cut)) == []
    assert list(done.differences(other))
    assert list(done.differences(RunOutcome(("b",), done.calls, ())))
    assert list(done.differences(RunOutcome(("a",), (), ())))
    assert list(done.differences(RunOutcome(("a",), done.calls, (done,))))
    assert cut.cut == 1
