import asyncio
import logging
import math

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from sessions_app.log import lease
from sessions_app.log.committer import LeaseLost
from sessions_app.log.log import Log
from sessions_app.log.reader import Reader
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import SessionStatus

logger = logging.getLogger(__name__)


class Reaper:
    """Says so in the log when a session's runner is gone.

    After an outage nobody is declared dead for not having been able to write: a
    reaper judges only when its own writes have worked, one after the other, for
    longer than a heartbeat takes.
    """

    def __init__(self, log: Log, reader: Reader) -> None:
        self._log = log
        self._reader = reader
        self._working_since = math.inf
        self._looked_at = -math.inf

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.REAP_INTERVAL_S)
            try:
                await self._look()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("event=reaper_waits error=%r", str(error))
                self._looked_at = -math.inf

    async def _look(self) -> None:
        """Judge, if it may. Tries nothing twice: between the tries may be an outage."""
        await self._reader.read_once(lease.probe)
        if self._may_judge():
            for session in await self._reader.read_once(lease.dead):
                await self._bury(session)

    def _may_judge(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at > 2 * settings.HEARTBEAT_INTERVAL_S:
            self._working_since = now  # this process, or its write, was held up
        self._looked_at = now
        return now - self._working_since > settings.HEARTBEAT_INTERVAL_S

    async def _bury(self, dead: AgentSession) -> None:
        session = await self._reader.read_once(lease.take_over, dead)
        if session is None:
            return
        holder = lease.Lease.parse(dead.lease)
        logger.warning(
            "event=runner_dead session=%s host=%s pid=%d",
            session.id,
            holder.host,
            holder.pid,
        )
        if not SessionStatus(session.status).is_over:
            detail = f"its runner on {holder.host} (process {holder.pid}) is gone"
            try:
                await self._say(session, detail)
            except LeaseLost:
                return  # somebody resumed it meanwhile
        await self._reader.read(lease.let_go, session.id, session.lease)

    async def _say(self, session: AgentSession, detail: str) -> None:
        status = await self._reader.read(_status_after, session)
        writer = self._log.writer(session.id, session.lease, session.head_seq)
        await writer.append(
            Status(status=status, detail=detail), changes={"status": status.value}
        )
        await writer.flush()


def _status_after(session: AgentSession) -> SessionStatus:
    """Queue what had not begun, or what people have said something to."""
    found = AgentSession.objects.filter(id=session.id)
    has_begun = session.status != SessionStatus.QUEUED.value
    if has_begun and not lease.with_pending_words(found).exists():
        return SessionStatus.INTERRUPTED
    return SessionStatus.QUEUED
