import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from runners.worktrees.git import Git, GitFailed
from runners.worktrees.project import project_of
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession

NEEDS = "a worktree needs a git repository with a commit"


@dataclass(frozen=True, slots=True)
class _Source:
    """The repository that contains a session's workdir."""

    git: Git
    top: Path  # root of the working tree
    common: Path  # git directory shared by all working trees
    head: str
    branch: str  # that is checked out; "": none


def create_worktree(session: AgentSession) -> Worktree:
    """Create a session's worktree from the repository that contains its workdir.

    No filter or hook of the repository runs, and nothing is fetched. Raises GitFailed.
    """
    workdir = Path(session.workdir)
    source = _source(workdir)
    below = _below(workdir, source.top)
    path: Path = settings.WORKTREES_DIR / session.id
    branch = _add(source, path, session.id)
    own = Git.at(path).line("rev-parse", "--path-format=absolute", "--git-dir")
    # The session's directory may be missing in the commit.
    (path / below).mkdir(parents=True, exist_ok=True)
    return Worktree(
        path=str(path),
        branch=branch,
        base=source.head,
        repository=str(source.common),
        git_dir=own,
        subdirectory="" if below == "." else below,
        project=str(project_of(workdir)),
        onto=source.branch,
    )


def _source(workdir: Path) -> _Source:
    try:
        git = Git.at(workdir)
        top = Path(git.line("rev-parse", "--show-toplevel"))
        common = git.line("rev-parse", "--path-format=absolute", "--git-common-dir")
    except GitFailed as error:
        raise GitFailed(f"{NEEDS}: {_why_no_tree(workdir, str(error))}") from None
    try:
        head = git.line("rev-parse", "-q", "--verify", "HEAD^{commit}")
    except GitFailed:
        raise GitFailed(f"{NEEDS}: {top} has none yet, make a first one") from None
    return _Source(git, top, Path(common), head, _checked_out(git))


def _checked_out(git: Git) -> str:
    try:
        ref = git.line("symbolic-ref", "-q", "HEAD")
    except GitFailed:
        return ""
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""


def _why_no_tree(workdir: Path, failure: str) -> str:
    if "not a git repository" in failure:
        return f"{workdir} is in none"
    if "bare repository" in failure or "in a work tree" in failure:
        return f"{workdir} has no files, it is a bare repository: clone it first"
    if "dubious ownership" in failure:
        return (
            f"the one of {workdir} belongs to another user. If you trust it: "
            f"git config --global --add safe.directory {workdir}"
        )
    return failure


def _below(workdir: Path, top: Path) -> str:
    try:
        return str(workdir.resolve().relative_to(top.resolve()))
    except ValueError:  # set by core.worktree
        raise GitFailed(
            f"the repository of {workdir} keeps its files elsewhere, in {top}: "
            "start the session there"
        ) from None


def _add(source: _Source, path: Path, session_id: str) -> str:
    """Add the worktree to the repository; returns its branch."""
    _clear(source.git, path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    branch, is_there = _branch(source, session_id)
    new = [str(path), branch] if is_there else ["-b", branch, str(path), source.head]
    try:
        source.git.run("worktree", "add", "-q", *new)
    except GitFailed as error:
        if source.git.succeeds("config", "--get-regexp", r"^remote\..*\.promisor$"):
            raise GitFailed(
                "the repository is a partial clone, and Ringside fetches nothing. Get "
                f"what is missing, then try again: git -C {source.top} archive HEAD "
                f"> /dev/null ({error})"
            ) from None
        raise
    return branch


def _clear(git: Git, path: Path) -> None:
    """Remove the remains of a runner that died while it created this worktree.

    No agent has worked in it: a session's row names its worktree before its agent
    starts.
    """
    if path.exists():
        shutil.rmtree(path)
    git.succeeds("worktree", "remove", "--force", "--force", str(path))


def _branch(source: _Source, session_id: str) -> tuple[str, bool]:
    """Choose the branch; also returns whether a dead runner has created it already."""
    refs = source.git.run(
        "for-each-ref", "--format=%(refname:lstrip=2)\t%(objectname)", "refs/heads/"
    )
    tips = dict(line.split("\t") for line in refs.splitlines())
    # A branch `ringside` excludes branches below that name; some file systems ignore
    # its case.
    is_taken = any(name.lower() == "ringside" for name in tips)
    wanted = f"ringside-{session_id}" if is_taken else f"ringside/{session_id}"
    name, number = wanted, 1
    while name in tips and tips[name] != source.head:
        number += 1
        name = f"{wanted}-{number}"
    return name, name in tips
