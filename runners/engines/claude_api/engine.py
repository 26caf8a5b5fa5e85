import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from runners.engines.claude_api.agent import Agent
from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.api.errors import Fatal
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.conversation.lost_memory import left_masked, marked
from runners.engines.claude_api.options import Options
from runners.port.engine import SessionBrief
from runners.port.errors import NO_KEY, RunFailed
from runners.port.host import AgentHost
from runners.sandbox.workdir import Workdir
from runners.tools.limits import Limits
from sessions_app.masking.lost import lost_masks
from sessions_app.protocol.engine_kind import ANTHROPIC, SIMULATOR
from sessions_app.protocol.events import Event, SessionStarted

OWN = frozenset({ANTHROPIC.name, SIMULATOR.name})


class ClaudeSession:
    """A session of the Messages API engine: holds the conversation so far."""

    def __init__(
        self,
        claude: Claude,
        brief: SessionBrief,
        host: AgentHost,
        log: Sequence[Event],
    ) -> None:
        self._claude = claude
        self._host = host
        self._workdir = Workdir(Path(brief.workdir))
        self._options = Options.of(
            brief,
            depth_max=settings.AGENT_DEPTH_MAX,
            wrapper=tuple(settings.BASH_WRAPPER),
            environment=(*settings.TOOL_ENVIRONMENT, *brief.variables),
            limits=Limits(full_bytes=settings.OUTPUT_MAX_BYTES),
        )
        self._conversation = Conversation.from_log(map(marked, log))
        self._closing = left_masked(self._conversation.closing(), log)
        self._conversation.lost = lost_masks([*log, *self._closing])

    def closing(self) -> Sequence[Event]:
        return self._closing

    def receive(self, events: Iterable[Event]) -> None:
        for event in events:
            self._conversation.apply(event)

    async def run(self) -> Agent:
        return Agent(
            self._claude, self._host, self._workdir, self._options, self._conversation
        )


class ClaudeEngine:
    """Runs Claude through the Messages API, with the tools of `runners.tools`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._claude: Claude

    async def __aenter__(self) -> Self:
        self._claude = await self._client()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._claude.close()

    def session(
        self, brief: SessionBrief, host: AgentHost, log: Sequence[Event]
    ) -> ClaudeSession:
        for event in log:
            if isinstance(event, SessionStarted) and event.engine not in {*OWN, ""}:
                raise RunFailed(
                    "foreign_log",
                    f"the engine {event.engine!r} wrote this log: only it can go on",
                )
        return ClaudeSession(self._claude, brief, host, log)

    async def _client(self) -> Claude:
        if not settings.ANTHROPIC_API_KEY:
            raise RunFailed("no_api_key", NO_KEY)
        try:
            with _restored(self._environment):
                return Claude(
                    api_key=settings.ANTHROPIC_API_KEY,
                    base_url=settings.ANTHROPIC_BASE_URL or None,
                )
        except Fatal as error:
            raise RunFailed(error.code, str(error)) from error


@contextmanager
def _restored(environment: Mapping[str, str]) -> Iterator[None]:
    """Put the ANTHROPIC_ variables into os.environ while the client is constructed.

    The block must not await, so no tool process can inherit these keys.
    """
    names = [name for name in environment if name.startswith("ANTHROPIC_")]
    os.environ.update({name: environment[name] for name in names})
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
