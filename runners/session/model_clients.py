import asyncio
import os
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self

from django.conf import settings

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.api.errors import Fatal
from runners.port.errors import RunFailed
from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import HOST, Simulator

NO_KEY = (
    "ANTHROPIC_API_KEY is not set: set it, or simulate Claude with --simulate "
    "(RINGSIDE_SIMULATE=1 for all new sessions)"
)


class ModelClients:
    """The clients of a process: one for each engine, made when first needed."""

    def __init__(self) -> None:
        self._clients: dict[str, Claude] = {}
        self._making = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if settings.ANTHROPIC_API_KEY:
            with suppress(RunFailed):  # each session that needs it says so
                await self.get("anthropic")
        # After the client has read them, before a tool could.
        for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
            del os.environ[name]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def get(self, engine: str) -> Claude:
        """Return the client of an engine. Raises RunFailed."""
        async with self._making:
            if engine not in self._clients:
                client = await self._make(engine)
                self._stack.push_async_callback(client.close)
                self._clients[engine] = client
            return self._clients[engine]

    async def _make(self, engine: str) -> Claude:
        match engine:
            case "anthropic" if settings.ANTHROPIC_API_KEY:
                return _real()
            case "anthropic":
                raise RunFailed("no_api_key", NO_KEY)
            case "simulator":
                return await self._simulated()
        raise RunFailed("no_such_engine", f"this runner knows no engine {engine!r}")

    async def _simulated(self) -> Claude:
        options = SimulatorOptions(
            rate=settings.RINGSIDE_SIMULATOR_RATE,
            jitter=settings.RINGSIDE_SIMULATOR_JITTER,
        )
        simulator = await self._stack.enter_async_context(Simulator(options))
        # A proxy of the environment's has no way to this machine.
        known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        os.environ["no_proxy"] = f"{known},{HOST}" if known else HOST
        return Claude(api_key="simulated", base_url=simulator.url)


def _real() -> Claude:
    try:
        return Claude(
            api_key=settings.ANTHROPIC_API_KEY,
            base_url=settings.ANTHROPIC_BASE_URL or None,
        )
    except Fatal as error:
        raise RunFailed(error.code, str(error)) from error
