import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runners.engines.acp.memory import (
    FORGOTTEN,
    NEW_SESSION,
    UNSURE,
    AgentMemory,
    EarlierRuns,
)
from runners.engines.acp.modes import ModeChange, ModeChoice
from runners.engines.acp.rpc import AUTH_REQUIRED, AgentRefused, Answer, RpcPeer
from runners.engines.acp.shape import object_of, objects_of, text_of
from runners.port.engine import SessionBrief
from sessions_app.agents.entry import AgentEntry
from sessions_app.protocol.wire import Json

PROTOCOL_VERSION = 1
# The agent reads files and runs commands by itself: Ringside offers it neither.
CAPABILITIES: Json = {
    "fs": {"readTextFile": False, "writeTextFile": False},
    "terminal": False,
    "elicitation": {"form": {}},
    "session": {"configOptions": {"boolean": {}}},
    "subagents": {},
}
CLIENT: Json = {"name": "ringside", "title": "Ringside", "version": "1"}


class AgentUnusable(Exception):
    """The agent cannot be used; the text says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class AgentAbilities:
    """The capabilities in an agent's answer to `initialize`."""

    name: str
    version: str
    loads: bool
    resumes: bool
    steers: bool  # accepts a message into the running prompt
    queues: bool  # accepts a second prompt while one runs
    logins: tuple[str, ...]  # how people log in

    @classmethod
    def of(cls, answer: Json) -> "AgentAbilities":
        can = object_of(answer.get("agentCapabilities"))
        session = object_of(can.get("sessionCapabilities"))
        info = object_of(answer.get("agentInfo"))
        claude = object_of(object_of(can.get("_meta")).get("claudeCode"))
        steering = object_of(object_of(answer.get("_meta")).get("steering"))
        return cls(
            name=text_of(info.get("title")) or text_of(info.get("name")),
            version=text_of(info.get("version")),
            loads=can.get("loadSession") is True,
            resumes=session.get("resume") is not None,
            steers=steering.get("supported") is True,
            queues=claude.get("promptQueueing") is True,
            logins=tuple(
                text_of(method.get("description")) or text_of(method.get("name"))
                for method in objects_of(answer.get("authMethods"))
            ),
        )


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The agent's session, ready for prompts."""

    id: str
    abilities: AgentAbilities
    state: Json  # the agent's answer: modes and config options
    is_new: bool
    unheard: tuple[str, ...]  # unanswered messages that the agent does not remember
    gap: tuple[str, str] | None  # reason and text of a forgotten answer


class AgentHandshake:
    """Opens the agent's session: a new one, or the one that the log names.

    `replay` is set while the agent repeats the history of a loaded session.
    """

    def __init__(
        self,
        peer: RpcPeer,
        entry: AgentEntry,
        brief: SessionBrief,
        past: EarlierRuns,
        wait_s: float,
    ) -> None:
        self.replay: AgentMemory | None = None
        self._peer = peer
        self._entry = entry
        self._brief = brief
        self._past = past
        self._wait_s = wait_s

    async def open(self) -> OpenedSession:
        """Initialize the agent and open its session. Raises AgentUnusable."""
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._open()
        except TimeoutError:
            raise AgentUnusable(
                "agent_silent",
                f"{self._entry.label} has not answered for {self._wait_s:g} seconds",
            ) from None

    async def set_mode(self, session: OpenedSession) -> bool:
        """Set the agent's mode by the session's permission mode; False if none fits."""
        modes = ModeChoice.of(session.state)
        change = modes.change(self._brief.permission_mode, self._entry.modes)
        return change is not None and await self._set(session, change)

    async def _set(self, session: OpenedSession, change: ModeChange) -> bool:
        try:
            async with asyncio.timeout(self._wait_s):
                params = {"sessionId": session.id, **change.params}
                await self._ask(change.method, params)
        except (AgentRefused, TimeoutError):
            return False
        return True

    async def _open(self) -> OpenedSession:
        try:
            hello = await self._ask(
                "initialize",
                {
                    "protocolVersion": PROTOCOL_VERSION,
                    "clientCapabilities": CAPABILITIES,
                    "clientInfo": CLIENT,
                },
            )
        except AgentRefused as error:
            raise self._unusable("did not begin", error) from None
        version = hello.get("protocolVersion")
        if version != PROTOCOL_VERSION:
            raise AgentUnusable(
                "agent_version",
                f"{self._entry.label} speaks version {version!r:.20} of the Agent "
                f"Client Protocol, and Ringside version {PROTOCOL_VERSION}",
            )
        abilities = AgentAbilities.of(hello)
        if self._past.agent_session_id:
            found = await self._find(abilities)
            if found is not None:
                return found
        try:
            answer = await self._ask("session/new", self._where())
        except AgentRefused as error:
            raise self._unusable("opened no session", error, abilities) from None
        had_one = bool(self._past.agent_session_id)
        return OpenedSession(
            text_of(answer.get("sessionId")),
            abilities,
            answer,
            is_new=True,
            unheard=tuple(self._past.unanswered),
            gap=(NEW_SESSION, "") if had_one else None,
        )

    async def _find(self, abilities: AgentAbilities) -> OpenedSession | None:
        """Load or resume the session of an earlier run; None if the agent lost it."""
        name, past = self._past.agent_session_id, self._past
        params = {"sessionId": name, **self._where()}
        try:
            if abilities.loads:
                self.replay = replay = AgentMemory()
                answer = await ask(self._peer, "session/load", params, self._replayed)
                lost = replay.forgotten(past) if past.is_broken else []
                gap = (FORGOTTEN, "\n\n".join(lost)) if lost else None
                unheard = tuple(replay.unheard(past))
                return OpenedSession(name, abilities, answer, False, unheard, gap)
            if abilities.resumes:
                answer = await self._ask("session/resume", params)
                lost = list(past.texts[-1:]) if past.is_broken else []
                gap = (UNSURE, lost[0]) if lost else None
                unheard = tuple(past.unanswered[-1:])
                return OpenedSession(name, abilities, answer, False, unheard, gap)
        except AgentRefused as error:
            if error.code == AUTH_REQUIRED:
                raise self._unusable("wants a login", error, abilities) from None
        return None

    def _replayed(self) -> None:
        self.replay = None

    def _where(self) -> Json:
        return {"cwd": self._brief.workdir, "mcpServers": []}

    async def _ask(self, method: str, params: Mapping[str, Any]) -> Json:
        """Send a request and wait for its answer. Raises AgentRefused."""
        return await ask(self._peer, method, params)

    def _unusable(
        self,
        what: str,
        error: AgentRefused,
        abilities: AgentAbilities | None = None,
    ) -> AgentUnusable:
        text = f"{self._entry.label} {what}: {error}"
        if error.code == AUTH_REQUIRED:
            logins = "; ".join(abilities.logins) if abilities else ""
            how = f" ({logins})" if logins else ""
            return AgentUnusable(
                "agent_login",
                f"{text}. Log in with the agent itself{how}, as the user that runs "
                "Ringside's runner.",
            )
        return AgentUnusable("agent_refused", text)


async def ask(
    peer: RpcPeer,
    method: str,
    params: Mapping[str, Any],
    answered: Callable[[], None] | None = None,
) -> Json:
    """Send a request and wait for its answer; `answered` is called as it arrives.

    Raises AgentRefused.
    """
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def done(said: Answer) -> None:
        if answered is not None:
            answered()
        if not answer.done():
            answer.set_result(said)

    peer.call(method, params, done)
    said = await answer
    if isinstance(said, AgentRefused):
        raise said
    return said
