import os
import shutil
import subprocess
from pathlib import Path

from tests.agents.install import NODE_BIN, TARGET

HERE = Path(__file__).parent
SUITE = TARGET / "durable_streams"


def command(*words: str) -> list[str]:
    return [str(NODE_BIN / "node"), *words]


def in_place(script: str) -> Path:
    """Put a script where it finds its packages; return where that is."""
    return Path(shutil.copy(HERE / script, SUITE / script))


def environment(url: str, token: str) -> dict[str, str]:
    path = os.pathsep.join((str(NODE_BIN), os.environ["PATH"]))
    return {
        "PATH": path,
        "HOME": str(SUITE),
        "RINGSIDE_URL": url,
        "RINGSIDE_TOKEN": token,
    }


def run(words: list[str], url: str, token: str, within_s: float) -> str:
    """Run a program of Node to its end; return what it printed, or fail with it."""
    done = subprocess.run(
        command(*words),
        cwd=SUITE,
        env=environment(url, token),
        check=False,
        capture_output=True,
        text=True,
        timeout=within_s,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
