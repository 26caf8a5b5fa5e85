from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.worktrees.creation import create_worktree
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repository")


@pytest.fixture
def worktrees(settings: LazySettings, tmp_path: Path) -> Path:
    """Where the worktrees of sessions are."""
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    settings.REVIEW_DIR = tmp_path / "review"
    return tmp_path / "worktrees"


@pytest.fixture
def worktree(repository: Path, worktrees: Path) -> Worktree:
    return create_worktree(AgentSession(id="s_abc", workdir=str(repository / "below")))
