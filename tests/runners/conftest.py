from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.sandbox.workdir import Workdir
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.installation import Installation


@pytest.fixture
def claude_says(
    installation: Installation, background: Background
) -> Iterator[ScriptedClaude]:
    """Claude, as a test scripts it, for the runners of an installation."""
    simulator = background.call(Simulator(SimulatorOptions(rate=0)).__aenter__())
    yield ScriptedClaude(installation, background, simulator)
    background.call(simulator.__aexit__(None, None, None))


@pytest.fixture
def sessions(installation: Installation) -> Sessions:
    """The sessions of the installation, as its database knows them."""
    return Sessions(installation)


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    return Workdir(tmp_path)
