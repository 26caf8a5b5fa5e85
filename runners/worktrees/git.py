import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from runners.sandbox.environment import scrubbed

# Nothing that a repository or an agent could have put there is run.
SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.quotePath=false",
)  # fmt: skip


class GitFailed(Exception):
    """What git said, in a line."""


def git(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run git and return what it prints. Raises GitFailed."""
    kept = {k: v for k, v in scrubbed(os.environ).items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 our own words, and no shell
            ["git", *SAFE, *words],  # noqa: S607 wherever it is installed
            cwd=cwd,
            env=kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"} | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=settings.GIT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {words[0]} took too long") from None
    except OSError as error:
        raise GitFailed(f"git cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        raise GitFailed(f"git {words[0]}: {said[-1]}")
    return done.stdout.decode(errors="replace")
