import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple, Self

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
    ("core.ignoreStat", "false"),  # would hide changed ones
    ("core.splitIndex", "false"),  # a copied index must not write beside the original
    # A directory that looks like a bare repository is never used implicitly.
    ("safe.bareRepository", "explicit"),
)
NICE = ("nice", "-n", "10")
SAFE_ENV: Mapping[str, str] = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    # Both keep git from fetching missing objects; older versions know only the second.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


class GitFailed(Exception):
    """A git command failed; the message is a sentence for people."""


class GitOutcome(NamedTuple):
    """How a git command ended, and what it said."""

    code: int
    out: str
    err: str

    def reason(self, verb: str) -> str:
        return _sentence(verb, self.err)


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one directory, which cannot run programs that the repository names.

    Filters, hooks, monitors, diff and merge drivers and remote helpers come from the
    user's own configuration only.
    """

    cwd: Path
    env: Mapping[str, str]
    timeout_s: float = 0.0  # of one command; 0: GIT_TIMEOUT_S
    is_nice: bool = False  # other processes of the machine go first

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

    def outcome(self, *words: str, stdin: str = "") -> GitOutcome:
        """Run git whose exit code means something. Raises GitFailed if it cannot."""
        return GitOutcome(*self._run(words, stdin))

    def first_bytes(self, *words: str, max_bytes: int) -> bytes:
        """Run git and return the beginning of its output, as git wrote it.

        One byte more than `max_bytes` means that there is more. Raises GitFailed.
        """
        with TemporaryFile() as errors, self.start(words, errors) as process:
            if process.stdin is None or process.stdout is None:
                raise GitFailed("git has no pipes")
            process.stdin.close()
            limit = threading.Timer(self._limit_s, _kill, [process])
            limit.start()
            data = process.stdout.read(max_bytes + 1)
            is_cut = len(data) > max_bytes
            if is_cut:
                _kill(process)
            code = process.wait()
            # A timer that is no longer alive has fired, and its process was killed.
            is_late = not limit.is_alive()
            limit.cancel()
            if is_late:
                raise GitFailed(self._too_long(words))
            if code != 0 and not is_cut:
                errors.seek(0)
                raise GitFailed(
                    _sentence(words[0], errors.read().decode("utf-8", "replace"))
                )
        return data

    def line(self, *words: str) -> str:
        """Run git and return its one line of output. Raises GitFailed."""
        return self.run(*words).removesuffix("\n")

    def succeeds(self, *words: str) -> bool:
        """Whether a git command exits with 0."""
        return self._run(words, "")[0] == 0

    def _run(self, words: tuple[str, ...], stdin: str) -> tuple[int, str, str]:
        with self.start(words, subprocess.PIPE) as process:
            try:
                out, err = process.communicate(
                    stdin.encode(errors="surrogateescape"), self._limit_s
                )
            except subprocess.TimeoutExpired:
                _kill(process)
                raise GitFailed(self._too_long(words)) from None
        # File names may not be UTF-8; surrogateescape keeps them usable.
        stdout = out.decode(errors="surrogateescape")
        return process.returncode, stdout, err.decode(errors="replace")

    def start(
        self, words: tuple[str, ...], errors: int | IO[bytes] = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start git; the caller ends it. Raises GitFailed."""
        try:
            return subprocess.Popen(  # noqa: S603 our own words, and no shell
                [*(NICE if self.is_nice else ()), "git", *words],
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except FileNotFoundError:
            missing = "git is not installed" if self.cwd.is_dir() else _gone(self.cwd)
            raise GitFailed(missing) from None
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error.strerror}") from None

    @property
    def _limit_s(self) -> float:
        default: float = settings.GIT_TIMEOUT_S
        return self.timeout_s or default

    def _too_long(self, words: tuple[str, ...]) -> str:
        return f"git {words[0]} took over {self._limit_s:g} s"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group: processes started by git would run on."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


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
