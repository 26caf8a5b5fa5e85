from pathlib import Path

import pytest

from runners.sandbox.git_environment import with_safe_git
from tests.runners.tools.conftest import Use
from tests.runners.worktrees.repositories import make_repository

CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = false
\tworktree = .
\tfsmonitor = "touch pwned; false"
\tpager = "touch pwned; cat"
[diff]
\texternal = "touch pwned; true"
[alias]
\tlog = "!touch pwned"
"""


def plant(place: Path) -> None:
    """Write what git takes for a bare repository, as file tools could."""
    (place / "objects").mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "config").write_text(CONFIG)


@pytest.mark.parametrize("command", ["status", "diff", "log", "-C . status --short"])
@pytest.mark.parametrize("place", [".", "repository/sub"])
async def test_a_planted_bare_repository_is_none(
    use: Use, tmp_path: Path, place: str, command: str
) -> None:
    repository = make_repository(tmp_path / "repository")
    (repository / "sub").mkdir()
    plant(tmp_path / place)
    output = await use("bash", command=f"cd {place} && git {command}")
    assert output.is_error
    assert "bare repository" in output.text or "Not a git repository" in output.text
    assert not (tmp_path / place / "pwned").exists()


async def test_a_file_system_monitor_of_the_repository_does_not_run(
    use: Use, tmp_path: Path
) -> None:
    repository = make_repository(tmp_path / "repository")
    config = repository / ".git" / "config"
    config.write_text(config.read_text() + '[core]\n\tfsmonitor = "touch pwned; false"')
    assert not (await use("bash", command="git -C repository status")).is_error
    assert not (repository / "pwned").exists()


async def test_gits_own_configuration_in_the_environment_stays(
    use: Use, tmp_path: Path
) -> None:
    given = {"COUNT": "2", "KEY_1": "a.b", "VALUE_0": "", "VALUE_1": "kept"}
    env = with_safe_git({f"GIT_CONFIG_{name}": value for name, value in given.items()})
    exports = " ".join(f"{name}={value}" for name, value in env.items())
    output = await use("bash", command=f"env {exports} git config --get-regexp .")
    assert "a.b kept\nsafe.barerepository explicit\n" in output.text


@pytest.mark.parametrize("given", ["", "x", "-1"])
def test_a_count_that_is_none_counts_as_nothing(given: str) -> None:
    env = with_safe_git({"GIT_CONFIG_COUNT": given})
    assert env["GIT_CONFIG_KEY_0"] == "safe.bareRepository"
    assert env["GIT_CONFIG_COUNT"] == "2"
