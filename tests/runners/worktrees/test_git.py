from collections.abc import Callable
from pathlib import Path

import pytest

from runners.worktrees.creation import create_worktree
from runners.worktrees.git import GitFailed
from runners.worktrees.losses import losses
from runners.worktrees.removal import remove_worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import (
    commit_all,
    compared,
    git,
    make_repository,
)

Trap = Callable[[Path, str], None]  # a repository, and the program it is to run


def config(*keys: str) -> Trap:
    def set_all(repository: Path, program: str) -> None:
        for key in keys:
            git(repository, "config", key, program)

    return set_all


def included(*keys: str) -> Trap:
    """The same in a file that the repository's configuration includes."""

    def set_all(repository: Path, program: str) -> None:
        more = repository / ".git" / "more"
        for key in keys:
            git(repository, "config", "--file", str(more), key, program)
        git(repository, "config", "include.path", "more")

    return set_all


def of_a_tree(*keys: str) -> Trap:
    """The same in what the repository says of its main tree alone."""

    def set_all(repository: Path, program: str) -> None:
        git(repository, "config", "extensions.worktreeConfig", "true")
        for key in keys:
            git(repository, "config", "--worktree", key, program)
            git(repository, "config", key, program)

    return set_all


def hook(name: str) -> Trap:
    def write(repository: Path, program: str) -> None:
        path = repository / ".git" / "hooks" / name
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(0o755)

    return write


@pytest.mark.parametrize(
    "trap",
    [
        config("filter.evil.smudge", "filter.evil.clean"),
        config("filter.evil.process"),
        config("filter.e=v il.smudge", "filter.e=v il.clean"),
        included("filter.evil.smudge", "filter.evil.clean"),
        of_a_tree("filter.evil.smudge", "filter.evil.clean"),
        config("core.fsmonitor"),
        config("diff.external", "diff.evil.command", "diff.evil.textconv"),
        hook("post-checkout"),
        hook("reference-transaction"),
        hook("post-index-change"),
    ],
)
def test_nothing_that_a_repository_names_runs_for_ringside(
    repository: Path, worktrees: Path, tmp_path: Path, trap: Trap
) -> None:
    ran = tmp_path / "ran"
    for driver in ("evil", "e=v il"):
        (repository / "below" / ".gitattributes").write_text("* filter=evil diff=evil")
        (repository / ".gitattributes").write_text(f"* filter={driver} diff=evil\n")
    commit_all(repository, "attributes")
    trap(repository, f"touch {ran}; cat")
    worktree = create_worktree(AgentSession(id="s_abc", workdir=str(repository)))
    tree = Path(worktree.path)
    assert (tree / "below" / "b.txt").read_text() == "b\n"
    (tree / "a.txt").write_text("changed\n")
    (tree / "below" / "new.txt").write_text("new\n")
    assert len(compared(worktree).whole) == 2
    assert losses(worktree)
    remove_worktree(worktree)
    assert not ran.exists()


def test_a_filter_of_the_users_own_configuration_runs(
    repository: Path,
    worktrees: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = tmp_path / "ran"
    own = tmp_path / "gitconfig"
    (repository / ".gitattributes").write_text("a.txt filter=lfs\n")
    commit_all(repository, "attributes")
    git(repository, "config", "filter.lfs.smudge", f"touch {ran}; cat")
    own.write_text('[filter "lfs"]\n\tsmudge = sed s/one/smudged/\n\tclean = cat\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    worktree = create_worktree(AgentSession(id="s_abc", workdir=str(repository)))
    assert (Path(worktree.path) / "a.txt").read_text() == "smudged\ntwo\n"
    assert not ran.exists()


def test_a_partial_clone_is_never_filled_unasked(
    tmp_path: Path, worktrees: Path
) -> None:
    origin = make_repository(tmp_path / "origin")
    git(origin, "config", "uploadpack.allowFilter", "true")
    clone, ran = tmp_path / "clone", tmp_path / "ran"
    url = f"file://{origin}"
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", url, str(clone))
    program = f"touch {ran}; git-upload-pack"
    git(clone, "config", "remote.origin.uploadpack", program)
    session = AgentSession(id="s_abc", workdir=str(clone))
    with pytest.raises(GitFailed, match="Ringside fetches nothing"):
        create_worktree(session)
    assert not ran.exists()
    # What the sentence says to do helps.
    git(clone, "config", "--unset", "remote.origin.uploadpack")
    git(clone, "archive", "--output", str(tmp_path / "out.tar"), "HEAD")
    assert Path(create_worktree(session).path, "a.txt").read_text() == "one\ntwo\n"


def test_git_of_a_submodule_is_not_asked(
    repository: Path, worktrees: Path, tmp_path: Path
) -> None:
    library, ran = make_repository(tmp_path / "library"), tmp_path / "ran"
    file = ("-c", "protocol.file.allow=always")
    git(repository, *file, "submodule", "--quiet", "add", str(library), "lib")
    commit_all(repository, "submodule")
    worktree = create_worktree(AgentSession(id="s_abc", workdir=str(repository)))
    tree = Path(worktree.path)
    git(tree, *file, "submodule", "--quiet", "update", "--init")
    git(tree / "lib", "config", "core.fsmonitor", f"touch {ran}; false")
    assert "1 submodule checked out (lib)" in losses(worktree)
    compared(worktree)
    assert not ran.exists()
