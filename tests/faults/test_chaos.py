import json
import os
import subprocess
import sys

from tests.servers.process import ROOT

SECONDS = float(os.environ.get("RINGSIDE_CHAOS_SECONDS", "20"))


def test_viewers_see_the_log_whatever_is_killed_cut_and_stalled() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.chaos", "--seconds", str(SECONDS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 240,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["faults"] > SECONDS / 8
    assert report["viewers"] >= 9
