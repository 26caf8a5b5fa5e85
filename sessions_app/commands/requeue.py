from collections.abc import Iterator, Sequence

from asgiref.sync import async_to_sync

from sessions_app.commands.submit import Refused
from sessions_app.log.batch import Batch
from sessions_app.log.committer import LeaseLost
from sessions_app.log.leases import lease
from sessions_app.log.log import Log
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove


def resume(session_id: str) -> None:
    """Queue a session at rest, for a runner to continue it. Raises Refused."""
    sessions = AgentSession.objects.filter(id=session_id)
    _check_engine(sessions.get())
    move = StatusMove.by(StatusCause.RESUME, SessionStatus.QUEUED)
    if not move_status(sessions.filter(lease="", parent=None), move):
        status = sessions.values_list("status", flat=True).get()
        raise Refused(
            f"The session is {status}: only a main session that is interrupted, failed "
            "or idle, and that no runner has, can be resumed."
        )


def requeue(session_id: str, by: str) -> None:
    """Take a session and its sub-agents from their runner, and queue the session.

    The new lease fences off the former runner from now on, alive or not. The log
    records who took the session. A session of the tree that has ended keeps its status.
    Raises Refused.
    """
    root = AgentSession.objects.get(id=session_id)
    _check_engine(root)
    if root.parent_id is not None or not root.lease:
        raise Refused("Only a main session that a runner has can be requeued.")
    seized = [s for s in map(lease.seize, _tree(root)) if s is not None]
    if root.id not in {session.id for session in seized}:
        raise Refused("Its runner has just released the session: reload the page.")
    try:
        moved = async_to_sync(_log_statuses)(seized, f"taken from its runner by {by}")
    except LeaseLost:
        raise Refused("Another runner has just taken the session over.") from None
    for session in seized:
        lease.let_go(session.id, session.lease)
    if root.id not in moved:
        raise Refused("The session has just ended: send a message to go on.")


def _check_engine(session: AgentSession) -> None:
    """Refuse an engine that the queue does not run: the session would wait for ever."""
    if not session.kind.is_queued:
        raise Refused(session.kind.at_rest_text.format(id=session.pk))


def _tree(session: AgentSession) -> Iterator[AgentSession]:
    """Yield a session and all of its sub-agents that a runner holds."""
    yield session
    for child in session.children.exclude(lease=""):
        yield from _tree(child)


async def _log_statuses(seized: Sequence[AgentSession], detail: str) -> set[str]:
    """Log the new status of the sessions cut short; return their ids."""
    moved = set()
    async with Log(_leave_to_the_feed) as log:
        for session in seized:
            is_root = session.parent_id is None
            status = SessionStatus.QUEUED if is_root else SessionStatus.INTERRUPTED
            move = StatusMove.by(StatusCause.REQUEUE, status)
            if SessionStatus(session.status) not in move.sources:
                continue
            writer = log.writer(session.id, session.lease, session.head_seq)
            await writer.append(Status(status=status, detail=detail), move=move)
            await writer.flush()
            moved.add(session.id)
    return moved


def _leave_to_the_feed(batch: Batch) -> None:
    """Publish nothing: feeds check the heads of all watched sessions every second."""
