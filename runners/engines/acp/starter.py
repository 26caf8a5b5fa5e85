from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from django.conf import settings

from runners.engines.acp.dialog.agent_dialog import AgentDialog
from runners.engines.acp.environment import agent_environment
from runners.engines.acp.handshake import AgentHandshake
from runners.engines.acp.memory import EarlierRuns
from runners.engines.acp.source import AgentSource
from runners.engines.json_lines.source import LineSource, OpenLineSource
from runners.engines.program.diagnostics import StderrTail
from runners.engines.program.program import program
from runners.port.engine import SessionBrief
from runners.port.host import AgentHost
from runners.sandbox.supervised import in_front
from sessions_app.agents.entry import AgentEntry
from sessions_app.agents.launch import Launch


class AgentStarter:
    """Starts an agent's program in its own process group, with a dialog."""

    def __init__(
        self,
        entry: AgentEntry,
        launch: Launch,
        environment: Mapping[str, str],
        *,
        is_own: bool,
    ) -> None:
        self._entry = entry
        self._launch = launch
        self._env = agent_environment(environment, entry, launch.env, is_own=is_own)

    def opener(self, host: AgentHost, past: EarlierRuns) -> OpenLineSource:
        """Return the function that opens one run's source of lines."""

        @asynccontextmanager
        async def open_(
            brief: SessionBrief, diagnostics: StderrTail
        ) -> AsyncIterator[LineSource]:
            argv = in_front([*self._wrapper(brief.workdir), *self._launch.argv])
            async with program(argv, brief.workdir, self._env, diagnostics) as running:
                await host.note_process(running.pid)
                source = AgentSource(running, diagnostics)
                handshake = AgentHandshake(
                    source.peer, self._entry, brief, past, settings.ACP_START_S
                )
                conversation = AgentDialog(
                    source.peer, handshake, brief, host, past, source.say
                )
                async with source.talking(conversation):
                    yield source
            await host.forget_process(running.pid)

        return open_

    def _wrapper(self, workdir: str) -> list[str]:
        return [word.replace("{workdir}", workdir) for word in self._entry.wrapper]
