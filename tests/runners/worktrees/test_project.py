from pathlib import Path

import pytest

from runners.records.rulebook import forget_rules, remember_rules, rules_of
from runners.worktrees.creation import create_worktree
from runners.worktrees.project import project_of
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import git

DENIED = "bash(git push *)"


@pytest.fixture
def second(repository: Path, tmp_path: Path) -> Path:
    """A worktree that a person made."""
    git(repository, "worktree", "add", "-q", str(tmp_path / "second"))
    return tmp_path / "second"


def denials(workdir: Path, worktree: Worktree | None = None) -> list[str]:
    row = worktree.as_row() if worktree else {}
    session = AgentSession.objects.create(
        title="t", prompt="p", workdir=str(workdir), worktree=row
    )
    return [str(rule) for rule in rules_of(session.pk).deny]


@pytest.mark.django_db
def test_what_a_directory_remembers_holds_in_all_worktrees_of_its_repository(
    repository: Path, second: Path, worktree: Worktree
) -> None:
    remember_rules(str(repository / "below"), [], [DENIED], None)
    assert denials(repository / "below") == [DENIED]
    assert denials(second / "below") == [DENIED]
    assert denials(Path(worktree.workdir), worktree) == [DENIED]
    assert denials(second) == denials(repository) == []


@pytest.mark.django_db
def test_what_is_remembered_in_a_worktree_holds_in_its_project(
    repository: Path, second: Path, worktree: Worktree
) -> None:
    remember_rules(worktree.workdir, [], [DENIED], None)
    assert denials(repository / "below") == denials(second / "below") == [DENIED]
    assert forget_rules(str(second / "below"), [DENIED]) == 1
    assert denials(repository / "below") == []


@pytest.mark.django_db
def test_a_rule_above_the_project_holds_in_its_worktrees(
    repository: Path, worktree: Worktree, tmp_path: Path
) -> None:
    remember_rules(str(repository.parent), [], [DENIED], None)
    assert denials(Path(worktree.workdir), worktree) == [DENIED]


@pytest.mark.django_db
def test_an_agent_that_rewrites_its_git_file_stays_in_its_project(
    repository: Path, worktree: Worktree
) -> None:
    remember_rules(str(repository / "below"), [], [DENIED], None)
    (Path(worktree.path) / ".git").unlink()
    assert denials(Path(worktree.workdir), worktree) == [DENIED]


def test_a_forged_git_file_makes_nothing_part_of_a_project(
    repository: Path, worktree: Worktree, tmp_path: Path
) -> None:
    forged = tmp_path / "forged"
    forged.mkdir()
    (forged / ".git").write_bytes((Path(worktree.path) / ".git").read_bytes())
    assert project_of(forged) == forged
    for text in ("gitdir: /\0", "gitdir: " + "x" * 20_000, "gitdir: .git", "\xff"):
        (forged / ".git").write_text(text)
        assert project_of(forged) == forged


def test_the_project_is_the_same_from_every_tree(
    repository: Path, second: Path, worktrees: Path, tmp_path: Path
) -> None:
    nested = create_worktree(AgentSession(id="s_nested", workdir=str(second)))
    places = [repository, second, Path(nested.path)]
    assert {project_of(place / "below") for place in places} == {repository / "below"}
    assert project_of(tmp_path) == tmp_path
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    for name in ("one", "two"):
        git(tmp_path / "bare.git", "worktree", "add", "-q", str(tmp_path / name))
        assert project_of(tmp_path / name) == tmp_path / "bare.git"
