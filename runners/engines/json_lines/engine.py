from collections.abc import Sequence
from types import TracebackType
from typing import Self

from runners.engines.json_lines.session import ExternalSession
from runners.engines.json_lines.source import OpenLineSource
from runners.port.engine import SessionBrief
from runners.port.host import AgentHost
from sessions_app.protocol.events import Event


class JsonLinesEngine:
    """An agent that writes Ringside's own events, one JSON object per line."""

    def __init__(self, open_source: OpenLineSource) -> None:
        self._open_source = open_source

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to close: resources are opened per run."""

    def session(
        self, brief: SessionBrief, host: AgentHost, log: Sequence[Event]
    ) -> ExternalSession:
        return ExternalSession(brief, host, log, self._open_source)
