from collections.abc import AsyncIterator

import pytest

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.options import Options
from runners.sandbox.workdir import Workdir
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from runners.tools.limits import Limits
from tests.runners.engines.claude_api.listed_host import ListedHost


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
async def host(claude: Claude, workdir: Workdir, options: Options) -> ListedHost:
    return ListedHost(claude, workdir, options)
