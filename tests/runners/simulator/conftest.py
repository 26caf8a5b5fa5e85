from collections.abc import AsyncIterator

import pytest
from anthropic import AsyncAnthropic

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(SimulatorOptions(rate=0)) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(
        base_url=simulator.url, api_key="any", max_retries=0
    ) as connected:
        yield connected
