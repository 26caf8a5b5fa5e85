import os
from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.review.branch import branch_state
from runners.review.snapshot import take_snapshot
from runners.ship.pull_request import PullRequest, open_request
from runners.worktrees.git import GitFailed
from tests.runners.ship.ground import Ground
from tests.runners.worktrees.repositories import git, make_repository

GITHUB = "git@github.com:people/words.git"
GITLAB = "https://gitlab.example.org/people/sub/words"
OPENED = "https://github.com/people/words/pull/7"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of PATH that has nothing but git."""
    path = tmp_path / "programs"
    path.mkdir()
    for name in ("git", "sh", "cat", "nice", "env", "sleep"):
        found = next(p for p in os.get_exec_path() if Path(p, name).exists())
        (path / name).symlink_to(Path(found, name))
    monkeypatch.setenv("PATH", str(path))
    return path


def install(programs: Path, name: str, script: str) -> None:
    """Put a program there that notes how it was called."""
    said = programs / f"{name}.said"
    text = f'#!/bin/sh\n{{ printf "%s\\n" "$@"; env; echo "in $PWD"; cat; }} > {said}\n'
    (programs / name).write_text(text + script)
    (programs / name).chmod(0o755)


def begin(settings: LazySettings, tmp_path: Path, url: str) -> Ground:
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    settings.REVIEW_DIR = tmp_path / "review"
    repository = make_repository(tmp_path / "repository")
    git(repository, "remote", "add", "origin", url)
    return Ground.of(repository)


def opened(ground: Ground, body: str = "- because\n") -> str:
    request = PullRequest("origin", "of/agent", "main", "-Say it anew", body)
    return open_request(ground.place, request)


def test_gh_opens_a_request_outside_of_the_repository_and_asks_nobody(
    settings: LazySettings,
    tmp_path: Path,
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GH_TOKEN", "of a person")
    monkeypatch.setenv("RINGSIDE_SECRET", "of the runner")
    ground = begin(settings, tmp_path, GITHUB)
    install(programs, "gh", f"echo Creating >&2; echo {OPENED}\n")
    assert opened(ground) == OPENED
    said = (programs / "gh.said").read_text()
    assert said.startswith(
        "pr\ncreate\n--repo=github.com/people/words\n--head=of/agent\n--base=main\n"
        "--title=-Say it anew\n--body-file=-\n"
    )
    assert said.endswith(f"in {ground.place.store}\n- because\n")
    assert "GH_PROMPT_DISABLED=1" in said
    assert "GH_TOKEN=of a person" in said
    assert "RINGSIDE_SECRET" not in said


def test_glab_opens_one_where_the_host_is_gitlab_s(
    settings: LazySettings, tmp_path: Path, programs: Path
) -> None:
    ground = begin(settings, tmp_path, GITLAB)
    install(programs, "gh", "exit 1\n")
    install(
        programs, "glab", f"echo '!3 Say it'; echo ' {GITLAB}/-/merge_requests/3'\n"
    )
    assert opened(ground, "-") == f"{GITLAB}/-/merge_requests/3"
    said = (programs / "glab.said").read_text()
    assert said.startswith(
        f"mr\ncreate\n--repo={GITLAB}\n--source-branch=of/agent\n"
        "--target-branch=main\n--title=-Say it anew\n--description=-Say it anew\n"
        "--yes\n"
    )
    assert not (programs / "gh.said").exists()


def test_a_request_that_is_there_counts_and_one_elsewhere_does_not(
    settings: LazySettings, tmp_path: Path, programs: Path
) -> None:
    ground = begin(settings, tmp_path, GITHUB)
    there = f"echo 'a pull request for branch already exists: {OPENED}' >&2; exit 1\n"
    install(programs, "gh", there)
    assert opened(ground) == OPENED
    install(programs, "gh", "echo https://evil.example.org/people/words/pull/7\n")
    with pytest.raises(GitFailed, match=r"without the address .* at github\.com"):
        opened(ground)


def test_what_the_program_says_is_said_and_one_that_hangs_is_ended(
    settings: LazySettings, tmp_path: Path, programs: Path
) -> None:
    ground = begin(settings, tmp_path, GITHUB)
    install(
        programs, "gh", "echo 'To get started, please run: gh auth login' >&2; exit 4"
    )
    with pytest.raises(
        GitFailed, match="gh: To get started, please run: gh auth login"
    ):
        opened(ground)
    settings.SHIP_FORGE_MAX_S = 0.3
    install(programs, "gh", "sleep 600\n")
    with pytest.raises(GitFailed, match=r"gh took over 0\.3 s"):
        opened(ground)


def test_the_state_of_the_branch_says_why_none_can_be_opened(
    settings: LazySettings, tmp_path: Path, programs: Path
) -> None:
    ground = begin(settings, tmp_path, GITHUB)
    ground.work("new.txt", "new\n")
    ground.advance("x.txt", "x\n")
    (ground.tree / "y.txt").write_text("y\n")
    state = branch_state(ground.place, take_snapshot(ground.place))
    assert state is not None
    assert (state.onto, state.onto_commit) == ("main", ground.main)
    assert (state.ahead, state.behind, state.uncommitted) == (1, 1, 1)
    (remote,) = state.remotes
    assert (remote.name, remote.url, remote.no_push) == ("origin", GITHUB, "")
    assert remote.no_request == "gh is not installed where the session runs"
    install(programs, "gh", "")
    state = branch_state(ground.place, take_snapshot(ground.place))
    assert state is not None
    assert (state.remotes[0].tool, state.remotes[0].no_request) == ("gh", "")
    git(ground.repository, "remote", "set-url", "origin", "/srv/other.git")
    state = branch_state(ground.place, take_snapshot(ground.place))
    assert state is not None
    assert "when the session began" in state.remotes[0].no_push
    assert "when the session began" in state.remotes[0].no_request
