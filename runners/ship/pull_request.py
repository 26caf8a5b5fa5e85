import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from runners.review.forge import find_tool, forge_tool
from runners.review.place import ReviewPlace
from runners.review.remotes import Remote, host_and_path
from runners.sandbox.environment import scrubbed
from runners.ship.push import find_remote
from runners.worktrees.git import GitFailed

# Where the programs find who the person is.
SIGN_IN = (
    "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
    "GH_CONFIG_DIR", "GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "GLAB_CONFIG_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
)  # fmt: skip
QUIET = {
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GLAB_CHECK_UPDATE": "false",
    "NO_PROMPT": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.hooksPath",
    "GIT_CONFIG_VALUE_0": "/dev/null",
}
ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
IS_THERE = re.compile(r"already exists", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request to be opened."""

    remote: str
    name: str  # of the branch that was pushed
    onto: str  # the branch that shall take it; "": the forge's own choice
    title: str
    body: str


def open_request(place: ReviewPlace, request: PullRequest) -> str:
    """Open a pull request through gh or glab, and return its address.

    The program runs outside of the repository, so nothing of it is read. One that is
    open already counts as opened. Raises GitFailed.
    """
    remote = find_remote(place, request.remote)
    tool, why = forge_tool(remote)
    if not tool:
        raise GitFailed(why)
    words, stdin = _gh(remote, request) if tool == "gh" else _glab(remote, request)
    code, out, err = _run([find_tool(tool), *words], place.store, stdin)
    if code != 0 and not IS_THERE.search(err):
        lines = [line.strip() for line in f"{err}\n{out}".splitlines() if line.strip()]
        raise GitFailed(f"{tool}: {(lines or ['it gave no reason'])[0]}")
    return _address(remote, f"{out}\n{err}", tool)


def _gh(remote: Remote, request: PullRequest) -> tuple[list[str], str]:
    host, path = host_and_path(remote.url)
    base = [f"--base={request.onto}"] if request.onto else []
    words = ["pr", "create", f"--repo={host}/{path}", f"--head={request.name}", *base,
             f"--title={request.title}", "--body-file=-"]  # fmt: skip
    return words, request.body


def _glab(remote: Remote, request: PullRequest) -> tuple[list[str], str]:
    host, path = host_and_path(remote.url)
    base = [f"--target-branch={request.onto}"] if request.onto else []
    body = request.body.strip()
    # "-" would open an editor.
    text = request.title if body in {"", "-"} else body
    words = ["mr", "create", f"--repo=https://{host}/{path}",
             f"--source-branch={request.name}", *base, f"--title={request.title}",
             f"--description={text}", "--yes"]  # fmt: skip
    return words, ""


def _address(remote: Remote, said: str, tool: str) -> str:
    """The request's address, which must be at the remote's own host."""
    host, _ = host_and_path(remote.url)
    for address in ADDRESS.findall(said):
        if host_and_path(address)[0] == host:
            return str(address).rstrip(".,")
    raise GitFailed(f"{tool} ended without the address of a pull request at {host}")


def _run(words: list[str], cwd: Path, stdin: str) -> tuple[int, str, str]:
    own = {name: os.environ[name] for name in SIGN_IN if name in os.environ}
    limit_s: float = settings.SHIP_FORGE_MAX_S
    try:
        process = subprocess.Popen(  # noqa: S603 our own words, and no shell
            words,
            cwd=cwd,
            env=scrubbed(os.environ) | own | QUIET,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise GitFailed(f"{words[0]} cannot be run: {error.strerror}") from None
    with process:
        try:
            out, err = process.communicate(stdin.encode(), limit_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise GitFailed(f"{Path(words[0]).name} took over {limit_s:g} s") from None
    return (
        process.returncode,
        out.decode(errors="replace"),
        err.decode(errors="replace"),
    )
