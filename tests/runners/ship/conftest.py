from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.runners.ship.ground import Ground
from tests.runners.worktrees.repositories import make_repository


@pytest.fixture
def ground(settings: LazySettings, tmp_path: Path) -> Ground:
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    settings.REVIEW_DIR = tmp_path / "review"
    return Ground.of(make_repository(tmp_path / "repository"))
