from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from runners.engines.acp.session import AcpSession
from runners.engines.acp.starter import AgentStarter
from runners.port.engine import SessionBrief
from runners.port.errors import RunFailed
from runners.port.host import AgentHost
from sessions_app.agents.access import why_not_here
from sessions_app.agents.entry import AgentEntry
from sessions_app.agents.launch import AgentMissing, find_launch
from sessions_app.log.database.reader import Reader
from sessions_app.protocol.events import Event

CUSTOM = "custom"  # engine name for an agent given as a command on the command line


class AcpEngine:
    """Runs agents that speak the Agent Client Protocol, as agents.toml names them.

    `is_own`: a person started this process for the session, so the agent gets that
    person's environment and may be any command.
    """

    def __init__(self, environment: Mapping[str, str], *, is_own: bool = False) -> None:
        self._environment = environment
        self._is_own = is_own
        self._reader = Reader(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database connection; each run has already ended its agent."""
        await self._reader.close()

    def session(
        self, brief: SessionBrief, host: AgentHost, log: Sequence[Event]
    ) -> AcpSession:
        entry = self._entry(brief.options)
        try:
            launch = find_launch(entry, self._environment.get("PATH"))
        except AgentMissing as error:
            raise RunFailed("agent_missing", str(error)) from None
        starter = AgentStarter(entry, launch, self._environment, is_own=self._is_own)
        return AcpSession(brief, host, log, starter, self._check)

    async def _check(self, brief: SessionBrief, names: Collection[str]) -> str:
        """Return why the agent must not work for these people; "" if it may.

        At a command line a person may run any program of the machine.
        """
        if self._is_own:
            return ""
        agent = str(brief.options.get("agent"))
        return await self._reader.read(why_not_here, agent, brief.session_id, names)

    def _entry(self, options: Mapping[str, Any]) -> AgentEntry:
        """Return the agents.toml entry of the session's agent. Raises RunFailed."""
        name, command = options.get("agent"), options.get("command")
        if self._is_own and isinstance(command, list) and command:
            words = [str(word) for word in command]
            return AgentEntry(
                id=CUSTOM, name=str(name), command=words[0], args=tuple(words[1:])
            )
        entry: AgentEntry | None = settings.AGENTS.get(str(name))
        if entry is None:
            raise RunFailed(
                "no_such_agent",
                f"this runner knows no agent {name!r}: name it in agents.toml",
            )
        return entry
