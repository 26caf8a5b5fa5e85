import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import msgspec
from django.conf import settings

from runners.worktrees.git import Git, GitFailed
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import RECORDING
from sessions_app.workdirs.own import own_workdir

PLACES = "places.json"  # in the store: the directories that git named at first
NAMES = ("--show-toplevel", "--git-dir", "--git-common-dir")


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """Where a session's changes are compared: a directory of a git repository.

    The repository's directories are those of the session's beginning, because an agent
    can write the `.git` file. To compare, git writes its objects and index into
    `store`, and nothing into the repository.
    """

    scope: Path  # the directory that is compared, with all below
    top: Path  # root of the working tree
    git_dir: Path
    common: Path  # git directory shared by all working trees
    store: Path
    commit: str = ""  # that a worktree was created from
    onto: str = ""  # the branch that it was created from

    @classmethod
    def of(cls, session: AgentSession) -> Self | None:
        """Find where a session works; None without a repository. Raises GitFailed."""
        store: Path = settings.REVIEW_DIR / session.id
        worktree = Worktree.of(session)
        if worktree:
            tree = Path(worktree.path)
            git_dir, common = Path(worktree.git_dir), Path(worktree.repository)
            return cls(tree, tree, git_dir, common, store, worktree.base, worktree.onto)
        workdir = Path(session.workdir)
        is_own = workdir == own_workdir(session.id)
        if is_own or session.engine == RECORDING.name or not _is_in_tree(workdir):
            return None
        places = _kept(store) or _found(workdir, store)
        if not places:
            return None
        top, git_dir, common = map(Path, places)
        return cls(workdir, top, git_dir, common, store)

    def open(self) -> Git:
        """Git that reads the repository, and writes into the store alone.

        Raises GitFailed.
        """
        objects = self.store / "objects"
        try:
            objects.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise GitFailed(
                f"{self.store} cannot be written: {error.strerror}"
            ) from None
        git = Git.at(
            self.scope,
            GIT_DIR=str(self.git_dir),
            GIT_WORK_TREE=str(self.top),
            GIT_INDEX_FILE=str(self.store / "index"),
            GIT_OBJECT_DIRECTORY=str(objects),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=quoted_path(self.common / "objects"),
        )
        return replace(git, timeout_s=settings.REVIEW_GIT_MAX_S, is_nice=True)

    def open_repository(self) -> Git:
        """Git that writes into the repository itself. Raises GitFailed."""
        return Git.at(
            self.scope, GIT_DIR=str(self.git_dir), GIT_WORK_TREE=str(self.top)
        )

    def copy_index(self) -> None:
        """Have git begin with the repository's index. Raises GitFailed."""
        index = self.store / "index"
        try:
            # With its time: git compares it with the times of files that were changed
            # within the same tick.
            shutil.copy2(self.git_dir / "index", index)
        except FileNotFoundError:
            index.unlink(missing_ok=True)
        except OSError as error:
            raise GitFailed(f"{index} cannot be written: {error.strerror}") from None


def _kept(store: Path) -> list[str]:
    try:
        data = (store / PLACES).read_bytes()
        return msgspec.json.decode(data, type=list[str])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise GitFailed(f"{store / PLACES} cannot be read: {error}") from None


def _found(workdir: Path, store: Path) -> list[str]:
    """Ask git where the repository is, and keep the answer; empty if in none."""
    ask = ("rev-parse", "--path-format=absolute")
    git = Git.at(workdir)
    if git.line(*ask, "--is-inside-work-tree") != "true":
        return []
    places = [git.line(*ask, name) for name in NAMES]
    try:
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        (store / PLACES).write_bytes(msgspec.json.encode(places))
    except OSError as error:
        raise GitFailed(f"{store} cannot be written: {error.strerror}") from None
    return places


def _is_in_tree(workdir: Path) -> bool:
    return any((path / ".git").exists() for path in (workdir, *workdir.parents))


def quoted_path(path: Path) -> str:
    """Quote a path for git's list of paths, which a colon would end."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
