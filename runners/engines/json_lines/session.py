from collections.abc import Iterable, Sequence

from runners.engines.json_lines.run import ExternalRun
from runners.engines.json_lines.source import OpenLineSource
from runners.engines.json_lines.transcript.closing import closing
from runners.engines.json_lines.transcript.unanswered import Unanswered
from runners.port.engine import SessionBrief
from runners.port.host import AgentHost
from sessions_app.protocol.events import Event


class ExternalSession:
    """A session whose events come from a program or a recording, run after run."""

    def __init__(
        self,
        brief: SessionBrief,
        host: AgentHost,
        log: Sequence[Event],
        open_source: OpenLineSource,
    ) -> None:
        self._brief = brief
        self._host = host
        self._open_source = open_source
        self._closing = closing(log)
        self._is_first = not log
        self._last_run: ExternalRun | None = None

    def closing(self) -> Sequence[Event]:
        return self._closing

    def receive(self, events: Iterable[Event]) -> None:
        """Nothing to do: each run reads the log itself."""

    async def run(self) -> ExternalRun:
        said = Unanswered.of(await self._host.read_log()).last
        unheard = self._last_run.unheard if self._last_run else []
        said = [*(text for text in unheard if text not in said), *said]
        is_first, self._is_first = self._is_first, False
        self._last_run = ExternalRun(
            self._brief, self._host, self._open_source, said, first=is_first
        )
        return self._last_run
