import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from runners.ship.obstacle import check_no_obstacle
from runners.worktrees.git import Git, GitFailed

ADDED = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A")
LOOK_S = 0.1  # between looks for another git's lock


class BranchMove:
    """Moves a branch together with the files of the directory where it is checked out.

    Git holds the branch's lock from `__enter__` on, so nobody else moves it meanwhile.
    The branch moves at the end, or stays where it was if anything failed: when the
    runner dies in between, git lets go of the lock by itself, and doing it all again
    finds the files as they shall be.
    """

    def __init__(self, git: Git, ref: str, old: str, new: str, message: str) -> None:
        self._git = git
        self._old, self._new = old, new
        self._begin = ("start", f"update {ref} {new} {old}", "prepare")
        self._words = ("update-ref", "--stdin", "-m", message)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = process = self._git.start(self._words)
        for line in self._begin:
            self._say(line)
        answers = [self._answer() for _ in ("start", "prepare")]
        if answers != ["start: ok", "prepare: ok"]:
            self._end(process)
            raise GitFailed("the branch has moved meanwhile, or is locked: try again")
        return self

    def move_files(self, tree: Git) -> None:
        """Have a directory's files follow; what others have changed stays.

        Raises GitFailed, with nothing changed, where such a file, or one that git
        ignores, is in the way.
        """
        _await_index(tree)
        tree.outcome("update-index", "-q", "--refresh")  # stale times are no changes
        words = ("read-tree", "-m", "-u")
        tree.run(*words, "-n", self._old, self._new)
        added = tree.run(*ADDED, self._old, self._new).split("\0")
        check_no_obstacle(tree, tree.cwd, filter(None, added))
        patient = replace(tree, timeout_s=settings.SHIP_CHECKOUT_MAX_S)
        patient.run(*words, self._old, self._new)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        try:
            self._say("abort" if kind else "commit")
            is_moved = self._answer() == "commit: ok"
        finally:
            self._end(self._process)
        if kind is None and not is_moved:
            raise GitFailed("git could not move the branch: try again")

    def _say(self, line: str) -> None:
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()

    def _answer(self) -> str:
        if self._process is None or self._process.stdout is None:
            return ""
        return self._process.stdout.readline().decode().strip()

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        try:
            process.communicate(timeout=settings.GIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()


def _await_index(tree: Git) -> None:
    """Wait for another git in the directory, such as one whose runner was killed."""
    lock = Path(tree.line("rev-parse", "--path-format=absolute", "--git-path", "index"))
    lock = lock.with_name(f"{lock.name}.lock")
    until_s = time.monotonic() + settings.SHIP_INDEX_WAIT_S
    while lock.exists():
        if time.monotonic() > until_s:
            raise GitFailed(f"another git works there, or left {lock} behind")
        time.sleep(LOOK_S)


def checkout_of(repository: Git, common: Path, branch: str) -> tuple[Path, Path] | None:
    """Where a branch is checked out: the directory, and its git directory.

    Raises GitFailed where a rebase or a bisection of the branch is half done.
    """
    _check_no_operation(common, branch)
    ref = f"refs/heads/{branch}"
    path = repository.line("for-each-ref", "--format=%(worktreepath)", ref)
    if not path:
        return None
    for git_dir in (common / "worktrees").glob("*"):
        with suppress(OSError):
            pointer = (git_dir / "gitdir").read_text(errors="surrogateescape").strip()
            if (git_dir / pointer).parent == Path(path):
                return Path(path), git_dir
    return Path(path), common


def _check_no_operation(common: Path, branch: str) -> None:
    for git_dir in (common, *(common / "worktrees").glob("*")):
        for name in (
            "rebase-merge/head-name",
            "rebase-apply/head-name",
            "BISECT_START",
        ):
            with suppress(OSError):
                said = (git_dir / name).read_text(errors="replace").strip()
                if said.removeprefix("refs/heads/") == branch:
                    raise GitFailed(f"a rebase or bisection of {branch} is half done")
