import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.faults.deed import deed_of, files_below
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation, Template
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE

PROMPT = "[scenario: careful]"
RATE = {"RINGSIDE_SIMULATOR_RATE": "150"}
EVENTS = (1, 50)  # of the tree, between two kills
THEN_S = 0.4  # at most: what runs writes nothing for a while, and is to be cut too
WITHIN_S = 120.0


@dataclass(frozen=True)
class Report:
    """How often a runner was killed, and where its sessions differ from an unkilled."""

    seed: int
    kills: int
    sessions: int
    cut_calls: int
    differences: list[str]

    @property
    def is_good(self) -> bool:
        return self.sessions > 0 and not self.differences


class Soak:
    """Kills the runner of a session at random moments and resumes it, to its end."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self._installation = installation
        self._sessions = Sessions(installation)
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 seeded, to be repeatable
        self._kills = 0

    def run(self, kills: int) -> Report:
        """Kill so many times; then compare what was done with an unkilled run."""
        model, process = self._start()
        self._end(process)
        roots = []
        while self._kills < kills:
            roots.append(self._soak(kills))
        expected = deed_of(self._sessions, model)
        deeds = [deed_of(self._sessions, root) for root in roots]
        differences = [d for deed in deeds for d in deed.differences(expected)]
        differences += [d for root in roots for d in self._strays(root, model)]
        return Report(
            seed=self._seed,
            kills=self._kills,
            sessions=len(roots),
            cut_calls=sum(deed.cut for deed in deeds),
            differences=differences,
        )

    def _soak(self, kills: int) -> str:
        """Run one session to its end, however often its runner is killed."""
        root, process = self._start()
        while self._kills < kills:
            wanted = self._head(root) + self._dice.randint(*EVENTS)
            until(partial(self._has_come, process, root, wanted), WITHIN_S)
            time.sleep(self._dice.uniform(0, THEN_S))
            if process.code is not None:
                break
            process.kill()
            self._kills += 1
            if self._sessions.status(root) == "completed":
                return root
            process = self._installation.start("runagent", "--session", root, **RATE)
        self._end(process)
        return root

    def _start(self) -> tuple[str, Process]:
        before = set(self._sessions.ids())
        process = self._installation.start("runagent", PROMPT, **RATE)

        def new() -> list[str]:
            return [i for i in self._sessions.ids() if i not in before]

        return until(new, WITHIN_S)[0], process

    def _end(self, process: Process) -> None:
        assert process.wait(WITHIN_S) == 0, process.errors()

    def _has_come(self, process: Process, root: str, wanted: int) -> bool:
        """Whether so many events are there, or no more will come."""
        return process.code is not None or self._head(root) >= wanted

    def _head(self, session_id: str) -> int:
        """Count the events of a tree."""
        own = int(self._sessions.column(session_id, "head_seq"))
        below = self._sessions.children(session_id)
        return own + sum(self._head(child) for child in below)

    def _strays(self, root: str, model: str) -> list[str]:
        """What is not at rest, is open, or differs among the files."""
        strays = []
        for session_id in self._tree(root):
            if self._sessions.status(session_id) != "completed":
                strays.append(f"{session_id} is {self._sessions.status(session_id)}")
            strays += self._open_blocks(session_id)
        files, expected = (self._files(each) for each in (root, model))
        if files != expected:
            strays.append(f"files: {files} and {expected}")
        return strays

    def _open_blocks(self, session_id: str) -> list[str]:
        opened = {e["block"] for e in self._sessions.events(session_id, "block_start")}
        finals = self._sessions.events(session_id, "text", "thinking", "tool_use")
        left = opened - {e["block"] for e in finals}
        return [f"{session_id}: block {block} has no final" for block in left]

    def _tree(self, session_id: str) -> list[str]:
        below = self._sessions.children(session_id)
        return [session_id, *[i for child in below for i in self._tree(child)]]

    def _files(self, session_id: str) -> dict[str, str]:
        return files_below(Path(self._sessions.column(session_id, "workdir")))


def run(kills: int, seed: int, directory: Path) -> Report:
    """Soak an installation of its own."""
    template = Template(SQLITE, directory)
    installation = Installation(SQLITE, directory, template)
    try:
        return Soak(installation, seed).run(kills)
    finally:
        installation.end()
        template.drop()


def main() -> int:
    parser = argparse.ArgumentParser(description=Soak.__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="ringside-soak-") as directory:
        report = run(options.kills, options.seed, Path(directory))
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
