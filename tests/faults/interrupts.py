import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sessions_app.protocol.commands import Interrupt
from tests.runners.sandbox.proc import alive
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation, Template
from tests.servers.process import until
from tests.servers.stack import SQLITE

PROMPT = "[scenario: sleeper rate=0]"  # its command starts another in the background
LOOK_S = 0.002


@dataclass(frozen=True)
class Report:
    """How long sessions took from an interrupt to quiet, and what they left behind."""

    tries: int
    p50_s: float
    p99_s: float
    max_s: float
    left_behind: int


def run(tries: int, directory: Path) -> Report:
    """Interrupt a session again and again in the midst of a command."""
    template = Template(SQLITE, directory)
    installation = Installation(SQLITE, directory, template)
    try:
        installation.start("runagent", "--queue")
        sessions = Sessions(installation)
        found = [_interrupt(sessions) for _ in range(tries)]
    finally:
        installation.end()
        template.drop()
    took = sorted(seconds for seconds, _ in found)
    return Report(
        tries=tries,
        p50_s=round(took[tries // 2], 3),
        p99_s=round(took[int(0.99 * (tries - 1))], 3),
        max_s=round(took[-1], 3),
        left_behind=sum(is_handed_over for _, is_handed_over in found),
    )


def _interrupt(sessions: Sessions) -> tuple[float, bool]:
    """Answer how long it took until the session was at rest, and if a process was left.

    The clock runs from the command's row, so it counts how a runner hears of it too.
    """
    session_id = sessions.queue(PROMPT)
    pid = int(sessions.await_event(session_id, "tool_output_delta")["delta"])
    asked = time.perf_counter()
    sessions.tell(session_id, Interrupt())
    while sessions.status(session_id) != "idle":
        time.sleep(LOOK_S)
    took = time.perf_counter() - asked
    until(lambda: not sessions.lease(session_id))
    return took, alive(pid)


def main() -> int:
    parser = argparse.ArgumentParser(description=run.__doc__)
    parser.add_argument("--tries", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringside-interrupts-") as directory:
        report = run(options.tries, Path(directory))
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 1 if report.left_behind else 0


if __name__ == "__main__":
    sys.exit(main())
