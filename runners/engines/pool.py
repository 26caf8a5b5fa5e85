import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType, TracebackType
from typing import Self

from django.conf import settings
from django.utils.module_loading import import_string

from runners.port.engine import Engine
from runners.port.errors import RunFailed
from sessions_app.protocol.engine_kind import EngineKind

NOT_HERE = "{label}: it runs on a command line alone: ringside runagent --session ID"


def import_engine(kind: EngineKind) -> Callable[[Mapping[str, str]], Engine]:
    """Return an engine's class, imported; `import anthropic` takes 2 s."""
    factory: Callable[[Mapping[str, str]], Engine] = import_string(kind.path)
    return factory


class EnginePool:
    """The engines of one process, each imported and opened on first use.

    `given` engines come with the process and are opened with the pool: the program of
    `runagent --exec`, the file of `ingest`. Only they may be of a kind that queue
    runners do not run. `environment` is the process's original one, with the keys that
    have since been removed from `os.environ`.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        given: Mapping[str, Engine] = MappingProxyType({}),
    ) -> None:
        self._environment = environment
        self._given = given
        self._open: dict[str, Engine] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:  # closes the opened ones if one fails
            for name, engine in self._given.items():
                self._open[name] = await stack.enter_async_context(engine)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def get(self, name: str) -> Engine:
        """Return the open engine of this name. Raises RunFailed."""
        async with self._opening:
            if name not in self._open:
                engine = await self._load(name)
                self._open[name] = await self._stack.enter_async_context(engine)
            return self._open[name]

    async def _load(self, name: str) -> Engine:
        kind = settings.ENGINES.get(name)
        if kind is None:
            raise RunFailed("no_such_engine", f"this runner knows no engine {name!r}")
        if not kind.is_queued:
            raise RunFailed("not_here", NOT_HERE.format(label=kind.label))
        # In a thread, because leases must be renewed meanwhile.
        factory = await asyncio.to_thread(import_engine, kind)
        return factory(self._environment)
