import asyncio
import logging
import math
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from sessions_app.log.committer import LeaseLost
from sessions_app.log.database.disk_room import check_room
from sessions_app.log.database.reader import Reader
from sessions_app.log.database.repeated_warning import RepeatedWarning
from sessions_app.log.leases import lease
from sessions_app.log.leases.lease import Beat
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.leases.silence import Silences
from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import (
    IllegalMove,
    SessionStatus,
    StatusCause,
    StatusMove,
)

logger = logging.getLogger(__name__)


class Reaper:
    """Marks sessions whose runner is gone, and logs it.

    After an outage nobody is declared dead for not having been able to write: a reaper
    judges only if its own writes have succeeded, one after the other, for longer than a
    heartbeat interval. Silence counts only while the reaper was looking.
    """

    def __init__(self, log: Log, reader: Reader, write: Callable[[], bool]) -> None:
        """`write` updates a row and returns whether it exists."""
        self._log = log
        self._reader = reader
        self._write = write
        self._silences = Silences()
        self._failures = RepeatedWarning(logger, "reaper_waits")
        self._working_since = math.inf
        self._looked_at = -math.inf

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.REAP_INTERVAL_S)
            try:
                await self._look()
            except (DatabaseError, InterfaceError, IllegalMove) as error:
                self._failures.note(error)
                self._looked_at = -math.inf

    async def _look(self) -> None:
        """Take sessions from dead holders, if this process may judge.

        No query is retried, because an outage may lie between two attempts.
        """
        if not await self._reader.read_once(self._prove_writes):
            return  # this process has not written its own row yet
        may_judge = self._may_judge()
        now = self._looked_at
        self._silences.observe(await self._reader.read_once(lease.held), now)
        for beat in self._silences.dead(now) if may_judge else ():
            await self._reap(beat)

    def _prove_writes(self) -> bool:
        """Write as heartbeats do; fails or waits on a full disk or a locked table."""
        lease.probe()
        check_room()
        return self._write()

    def _may_judge(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at > 2 * settings.HEARTBEAT_INTERVAL_S:
            self._working_since = now  # this process or its write was delayed
            self._silences.forget()
        self._looked_at = now
        return now - self._working_since > settings.HEARTBEAT_INTERVAL_S

    async def _reap(self, dead: Beat) -> None:
        session = await self._reader.read_once(lease.take_over, dead)
        if session is None:
            return
        holder = Lease.parse(dead.lease)
        logger.warning(
            "event=runner_dead session=%s host=%s pid=%d",
            session.id,
            holder.host,
            holder.pid,
        )
        if not SessionStatus(session.status).is_over:
            detail = f"its runner on {holder.host} (process {holder.pid}) is gone"
            try:
                await self._log_status(session, detail)
            except LeaseLost:
                return  # another process has taken it over meanwhile
        await self._reader.read(lease.let_go, session.id, session.lease)

    async def _log_status(self, session: AgentSession, detail: str) -> None:
        status = await self._reader.read(_status_after, session)
        writer = self._log.writer(session.id, session.lease, session.head_seq)
        move = StatusMove.by(StatusCause.TAKEOVER, status)
        await writer.append(Status(status=status, detail=detail), move=move)
        await writer.flush()


def _status_after(session: AgentSession) -> SessionStatus:
    """Return QUEUED for a session that had not begun or has pending messages.

    Any other session is INTERRUPTED.
    """
    found = AgentSession.objects.filter(id=session.id)
    has_begun = session.status != SessionStatus.QUEUED.value
    if has_begun and not lease.with_pending_messages(found).exists():
        return SessionStatus.INTERRUPTED
    return SessionStatus.QUEUED
