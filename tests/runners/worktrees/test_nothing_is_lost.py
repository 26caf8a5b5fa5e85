import subprocess
import tempfile
from pathlib import Path

import hypothesis
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from runners.worktrees.creation import create_worktree
from runners.worktrees.losses import losses
from runners.worktrees.removal import remove_worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import IDENTITY, git, make_repository

# What may happen in a tree, in any order; a step that git refuses changes nothing.
STEPS = [
    "echo more >> a.txt",
    "echo new > new.txt",
    "git add -A",
    "git GIT commit -qm work",
    "git GIT commit -q --allow-empty -m empty",
    "git GIT commit -q --amend --allow-empty -m amended",
    "git checkout -q --detach",
    "git checkout -q ringside/s_abc",
    "git checkout -q -b other",
    "git branch -m renamed",
    "git update-ref refs/heads/main HEAD",
    "git GIT stash -u",
    "git stash pop",
    "git stash drop",
    "git reset -q --hard HEAD~1",
    "git reset -q --hard main",
    "git GIT rebase -q main",
    "git GIT merge -q main",
    "git tag -f kept",
    "git update-index --assume-unchanged a.txt",
    "git reflog expire --expire=now --all",
    "git worktree add -q --detach ../second",
]


@hypothesis.settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=10))
def test_no_commit_and_no_file_goes_without_force(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        repository = make_repository(Path(name, "repository"))
        with override_settings(WORKTREES_DIR=Path(name, "trees")):
            session = AgentSession(id="s_abc", workdir=str(repository))
            worktree = create_worktree(session)
        tree = Path(worktree.path)
        for step in steps:
            command = step.replace("GIT", " ".join(IDENTITY))
            subprocess.run(["sh", "-c", command], cwd=tree, capture_output=True)
        # All that git knows of, whoever names it, and every file of the tree.
        before = _commits(tree, "--reflog", "--all") | _files(tree)
        if not losses(worktree):
            remove_worktree(worktree)
            assert before <= _objects(repository, "--all", "HEAD")


def _commits(where: Path, *which: str) -> set[str]:
    return set(git(where, "rev-list", *which).split())


def _files(tree: Path) -> set[str]:
    """What each file would be called as an object of git's."""
    paths = [p for p in tree.rglob("*") if p.is_file() and p.name != ".git"]
    return {git(tree, "hash-object", "--no-filters", str(path)) for path in paths}


def _objects(where: Path, *which: str) -> set[str]:
    listed = git(where, "rev-list", "--objects", *which).splitlines()
    return {line.split(" ")[0] for line in listed}
