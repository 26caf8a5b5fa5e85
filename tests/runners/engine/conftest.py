from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runners.engine.claude import Claude
from runners.engine.limits import Limits
from runners.engine.options import Options
from runners.engine.workdir import Workdir
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.runners.engine.listed_outlet import ListedOutlet


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(SimulatorOptions(rate=0)) as running:
        yield running


@pytest.fixture
async def claude(simulator: Simulator) -> AsyncIterator[Claude]:
    claude = Claude(api_key="any", base_url=simulator.url, silence_s=5)
    yield claude
    await claude.close()


@pytest.fixture
def options() -> Options:
    limits = Limits(first_delay_s=0.001, longest_delay_s=0.002)
    return Options(model="claude-opus-5-5", permission_mode="bypass", limits=limits)


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    return Workdir(tmp_path)


@pytest.fixture
async def outlet(claude: Claude, workdir: Workdir, options: Options) -> ListedOutlet:
    return ListedOutlet(claude, workdir, options)
