import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings

from runners.sandbox.environment import scrubbed
from runners.worktrees.untrusted_config import neutralized

# Variables by which users choose their own configuration files; passed on.
USER_CONFIG = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
# Configuration of every git command that Ringside runs.
SAFE_CONFIG = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.quotePath", "false"),
    ("core.untrackedCache", "false"),  # a stale cache would hide new files
    # A directory that looks like a bare repository is never used implicitly.
    ("safe.bareRepository", "explicit"),
)
SAFE_ENV: Mapping[str, str] = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    # Both keep git from fetching missing objects; older versions know only the second.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


class GitFailed(Exception):
    """A git command failed; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one directory, which cannot run programs that the repository names.

    Filters, hooks, monitors, diff and merge drivers and remote helpers come from the
    user's own configuration only.
    """

    cwd: Path
    env: Mapping[str, str]

    @classmethod
    def at(cls, cwd: Path, **place: str) -> Self:
        """Prepare git for a directory; `place` are variables such as GIT_DIR.

        Raises GitFailed.
        """
        kept = {
            name: value
            for name, value in scrubbed(os.environ).items()
            if not name.startswith("GIT_")
        } | {name: os.environ[name] for name in USER_CONFIG if name in os.environ}
        env = kept | dict(SAFE_ENV) | place
        bare = cls(cwd, env | _config_env(SAFE_CONFIG))
        listed = bare.run("config", "--list", "--show-scope", "-z")
        return cls(cwd, env | _config_env((*SAFE_CONFIG, *neutralized(listed))))

    def run(self, *words: str, stdin: str = "") -> str:
        """Run git and return its output. Raises GitFailed."""
        code, stdout, stderr = self._run(words, stdin)
        if code != 0:
            raise GitFailed(_sentence(words[0], stderr))
        return stdout

    def line(self, *words: str) -> str:
        """Run git and return its one line of output. Raises GitFailed."""
        return self.run(*words).removesuffix("\n")

    def succeeds(self, *words: str) -> bool:
        """Whether a git command exits with 0."""
        return self._run(words, "")[0] == 0

    def _run(self, words: tuple[str, ...], stdin: str) -> tuple[int, str, str]:
        try:
            process = subprocess.Popen(  # noqa: S603 our own words, and no shell
                ["git", *words],  # noqa: S607 wherever it is installed
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError:
            missing = "git is not installed" if self.cwd.is_dir() else _gone(self.cwd)
            raise GitFailed(missing) from None
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error.strerror}") from None
        with process:
            try:
                out, err = process.communicate(
                    stdin.encode(errors="surrogateescape"), settings.GIT_TIMEOUT_S
                )
            except subprocess.TimeoutExpired:
                # Kill the whole group: processes started by git would run on.
                os.killpg(process.pid, signal.SIGKILL)
                raise GitFailed(
                    f"git {words[0]} took over {settings.GIT_TIMEOUT_S:g} s"
                ) from None
        # File names may not be UTF-8; surrogateescape keeps them usable.
        stdout = out.decode(errors="surrogateescape")
        return process.returncode, stdout, err.decode(errors="replace")


def _config_env(config: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Pass configuration in the environment, where a key may hold any character."""
    env = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


def _gone(path: Path) -> str:
    return f"the directory {path} is not there any more"


def _sentence(verb: str, stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # Prefer the first line that names a cause.
    causes = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    cause = (causes or lines or ["it gave no reason"])[0]
    return f"git {verb} failed: {cause.removeprefix('fatal: ').removeprefix('error: ')}"
