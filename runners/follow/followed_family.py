import asyncio
import logging
import time
from collections.abc import Container, Mapping, Sequence

from django.conf import settings
from django.contrib.auth.models import User

from runners.follow.followed_session import FollowedSession, spawned
from runners.follow.found import Family, FoundTranscript
from runners.follow.rows import NotFollowed, hold, set_times
from runners.follow.source import Portion, TranscriptSource
from runners.port.host import HostClosed
from runners.session.context import RunnerContext
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Event, ToolUse
from sessions_app.protocol.status import SessionStatus

logger = logging.getLogger(__name__)
LOOK_S = 2.0  # between looks at a working agent; each also refuses pending commands
LEFT = "it is no longer followed"


class FollowedFamily:
    """The transcripts of a main session and its sub-agents, read by this process.

    One task at a time calls `look`. Leases are held from the first new entry until the
    agent rests.
    """

    def __init__(
        self,
        context: RunnerContext,
        owner: User,
        family: Family,
        rested: Mapping[str, str],
    ) -> None:
        """`rested`: stamps of completely logged transcripts, by name."""
        self.family = family
        self._context = context
        self._owner = owner
        self._held: dict[str, FollowedSession] = {}  # by the transcript's name
        # The stamp at which each transcript was read to its end, by name.
        self._seen: dict[str, object] = {
            one.name: (rested[one.name], True)
            for one in (family.top, *family.below)
            if one.name in rested
        }
        self._is_new: set[str] = set()  # sessions whose dates are set once they rest
        self._gone: frozenset[str] = frozenset()  # transcripts that were deleted
        self._is_hurried = False
        self._is_looking = False

    @property
    def is_held(self) -> bool:
        return bool(self._held)

    def update(self, family: Family) -> None:
        """Replace the family by the result of a later search."""
        self.family = family

    def lack(self, found: Container[str]) -> bool:
        """Compare with a search's names; True if another transcript has vanished."""
        gone = frozenset(name for name in self._held if name not in found)
        is_new, self._gone = not gone <= self._gone, gone
        return is_new

    async def look(self) -> float | None:
        """Log new entries; returns the seconds until the next look, None: on change.

        Raises OSError if a transcript cannot be read.
        """
        self._is_looking = True
        try:
            await self._read(self.family.top)
            await self._read_below()
            return None if self._is_hurried else await self._settle()
        except HostClosed:
            self.drop()
            return settings.LEASE_TIMEOUT_S
        finally:
            self._is_looking = False

    def hurry(self) -> None:
        """End `look` after the portion that is being logged."""
        self._is_hurried = True

    def drop(self) -> None:
        """Forget all leases without releasing them, as after a crash."""
        for name, session in [*self._held.items()]:
            logger.warning("event=follow_dropped session=%s", session.session_id)
            session.leased.close()
            del self._held[name]
            self._seen.pop(name, None)

    async def leave(self) -> None:
        """Release all leases and log that following has stopped."""
        if self._is_looking or any(one.leased.is_lost for one in self._held.values()):
            return self.drop()
        for session in [*self._held.values()]:
            if session.leased.journal.status.is_active:
                await session.enter(SessionStatus.INTERRUPTED, LEFT)
            await self._release(session)

    async def _read(self, found: FoundTranscript) -> None:
        is_at_rest = _age_s(found) >= settings.FOLLOW_REST_S
        state = _seen(found, is_at_rest=is_at_rest)
        if self._seen.get(found.name) == state:
            return
        session = await self._hold(found)
        if session is not None:
            await self._catch_up(session, found, is_at_rest=is_at_rest)
        if not self._is_hurried:
            self._seen[found.name] = state

    async def _read_below(self) -> None:
        """Read the sub-agents, parents before children."""
        waiting = list(self.family.below)
        while waiting and not self._is_hurried:
            ready = [one for one in waiting if self._is_announced(one)]
            # The first of them has no known parent call.
            late = [] if ready else waiting[:1]
            ready += [one for one in late if await self._announce_late(one)]
            waiting = [one for one in waiting if one not in ready and one not in late]
            for found in ready:
                await self._read(found)

    def _is_announced(self, found: FoundTranscript) -> bool:
        if found.name in self._held:
            return True
        if self._seen.get(found.name) == _seen(found, is_at_rest=True):
            return True  # no new entries
        return any(one.state.children.get(found.name) for one in self._held.values())

    async def _announce_late(self, found: FoundTranscript) -> bool:
        """Append a sub-agent's `agent_spawn` to its parent's log, if it is missing.

        Returns whether this process may follow the sub-agent's transcript.
        """
        above = next(
            (one for one in self.family.below if one.name == found.parent),
            self.family.top,
        )
        parent = await self._hold(above)
        if parent is None:
            return False
        if found.name in parent.state.children:
            return bool(parent.state.children[found.name])
        call = found.call or parent.state.agent_calls.get(_short(found), "")
        events = await self._spawn(parent, found, call)
        if events:
            await parent.append(*events)
            await parent.leased.journal.flush()
        return bool(events)

    async def _catch_up(
        self, session: FollowedSession, found: FoundTranscript, *, is_at_rest: bool
    ) -> None:
        source = found.open()
        while True:
            portion = await _read_portion(source, session, is_at_rest=is_at_rest)
            if portion is None:
                return  # the transcript is gone; its logged entries stay
            await session.take(portion, self._spawned_by)
            if portion.is_end or self._is_hurried:
                break
        # An agent_spawn must be committed before any event of the child.
        await session.leased.journal.flush()

    async def _spawned_by(
        self, session: FollowedSession, events: Sequence[Event]
    ) -> list[Event]:
        """Log `agent_spawn` for the sub-agents whose calls are among the events."""
        calls = {e.tool_use_id for e in events if isinstance(e, ToolUse)}
        made: list[Event] = []
        for found in self.family.below:
            if found.name in session.state.children:
                continue
            call = session.state.agent_calls.get(_short(found), "")
            if found.parent and found.parent != session.found.name:
                continue
            if (found.call and found.call in calls) or call:
                made += await self._spawn(session, found, found.call or call)
        return made

    async def _spawn(
        self, parent: FollowedSession, found: FoundTranscript, call: str
    ) -> list[Event]:
        child = await self._hold(found, parent.row)
        parent.state.children[found.name] = child.session_id if child else ""
        if child is None:
            return []
        return spawned(found, child.session_id, call, parent.state.ts)

    async def _hold(
        self, found: FoundTranscript, parent: AgentSession | None = None
    ) -> FollowedSession | None:
        """Claim a transcript's session; None if another process writes it."""
        if found.name in self._held:
            return self._held[found.name]
        try:
            row = await self._context.reader.read(hold, self._owner, found, parent)
        except NotFollowed:
            return None
        if row is None:
            return None
        session = FollowedSession(self._context, row, found)
        session.open()
        self._held[found.name] = session
        if not row.head_seq:
            self._is_new.add(row.pk)
        return session

    async def _settle(self) -> float | None:
        """Set the status of every held session from its transcript."""
        found = {one.name: one for one in (self.family.top, *self.family.below)}
        again: list[float] = []
        for name, session in [*self._held.items()]:
            await session.refuse()
            is_there = name in found and name not in self._gone
            age = _age_s(found[name]) if is_there else settings.FOLLOW_STALE_S
            if age < settings.FOLLOW_REST_S:
                again.append(settings.FOLLOW_REST_S - age)
            elif session.state.is_working and age < settings.FOLLOW_STALE_S:
                await session.rest()
                again.append(min(settings.FOLLOW_STALE_S - age, LOOK_S))
            else:
                await session.rest()
                await session.conclude(found.get(name))
                await self._release(session)
                continue
            await session.enter(SessionStatus.RUNNING)
        return min(again) if again else None

    async def _release(self, session: FollowedSession) -> None:
        del self._held[session.found.name]
        await session.release()
        state = session.state
        if session.session_id in self._is_new and state.started:
            self._is_new.discard(session.session_id)
            times = {session.session_id: (state.started, state.ts)}
            await self._context.reader.read(set_times, times)


def _seen(found: FoundTranscript, *, is_at_rest: bool) -> object:
    return str(found.stamp), is_at_rest


def _short(found: FoundTranscript) -> str:
    """Return the name by which a parent's transcript refers to a sub-agent."""
    return found.name.rpartition("/")[2]


def _age_s(found: FoundTranscript) -> float:
    """Return the seconds since the last write; 0 for a time in the future."""
    return max(time.time() - found.modified, 0.0)


async def _read_portion(
    source: TranscriptSource, session: FollowedSession, *, is_at_rest: bool
) -> Portion | None:
    try:
        return await asyncio.to_thread(
            source.read, session.position, is_at_rest=is_at_rest
        )
    except FileNotFoundError:
        return None
