from pathlib import Path

from tests.faults.interrupts import run

TRIES = 5
BOUND_S = 30.0  # the machine may be busy; `python -m tests.faults.interrupts` measures


def test_an_interrupted_command_leaves_no_process_behind(tmp_path: Path) -> None:
    report = run(TRIES, tmp_path)
    assert report.tries == TRIES
    assert report.left_behind == 0
    assert report.max_s < BOUND_S
