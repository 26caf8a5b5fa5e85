from pathlib import Path

import pytest

from tests.runners.follow.home import Followed, Home
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation


@pytest.fixture
def home(tmp_path: Path, installation: Installation) -> Home:
    return Home(tmp_path / "home", installation)


@pytest.fixture
def followed(installation: Installation, sessions: Sessions) -> Followed:
    return Followed(installation, sessions)
