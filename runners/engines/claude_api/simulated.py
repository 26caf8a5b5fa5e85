import os
from contextlib import AsyncExitStack
from types import TracebackType

from django.conf import settings

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.engine import ClaudeEngine
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import HOST, Simulator


class SimulatedEngine(ClaudeEngine):
    """ClaudeEngine against the built-in simulator, which listens on loopback."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self._simulator.aclose()

    async def _client(self) -> Claude:
        self._simulator = AsyncExitStack()
        options = SimulatorOptions(
            rate=settings.RINGSIDE_SIMULATOR_RATE,
            jitter=settings.RINGSIDE_SIMULATOR_JITTER,
        )
        simulator = await self._simulator.enter_async_context(Simulator(options))
        # Do not send simulator traffic through a proxy set in the environment.
        known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        os.environ["no_proxy"] = f"{known},{HOST}" if known else HOST
        return Claude(api_key="simulated", base_url=simulator.url)
