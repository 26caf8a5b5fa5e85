from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from sessions_app.log.leases.process_identity import Lease
from sessions_app.masking.originals import (
    keep_options,
    keep_prompt,
    masked_options,
    masked_words,
    with_originals,
)
from sessions_app.models import AgentSession
from sessions_app.outputs.store import whole
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import (
    Compacted,
    Event,
    TurnDiscarded,
    TurnEnd,
)
from sessions_app.protocol.status import (
    ACTIVE,
    SessionStatus,
    StatusCause,
    first_status,
)

SPENDING = tuple(kind.wire_type() for kind in (TurnEnd, TurnDiscarded, Compacted))


def busy_workdirs() -> frozenset[Path]:
    """The directories in which agents work now."""
    active = AgentSession.objects.filter(status__in=[one.value for one in ACTIVE])
    found = active.exclude(workdir="").values_list("workdir", flat=True)
    return frozenset(map(Path, found))


def create_session(
    *,
    prompt: str,
    title: str,
    owner: User | None,
    model: str,
    engine: str,
    workdir: str,
    permission_mode: str,
    budget: Mapping[str, float],
    options: Mapping[str, object],
    worktree: bool = False,
) -> AgentSession:
    """Create a session whose lease this process holds from the start."""
    session = AgentSession.objects.create(
        owner=owner,
        title=masked_words(title)[: settings.TITLE_MAX_CHARS],
        prompt=masked_words(prompt),
        model=model,
        engine=engine,
        workdir=workdir,
        permission_mode=permission_mode,
        budget=dict(budget),
        options=masked_options(options),
        worktree={"wanted": True} if worktree else {},
        **_held(),
    )
    keep_prompt(session, prompt)
    keep_options(session, dict(options))
    return AgentSession.objects.get(id=session.id)


def create_child(parent: AgentSession, title: str, prompt: str) -> AgentSession:
    """Create a sub-agent's session with its parent's settings."""
    session = AgentSession.objects.create(
        parent_id=parent.id,
        owner_id=parent.owner_id,
        title=masked_words(title)[: settings.TITLE_MAX_CHARS],
        prompt=masked_words(prompt),
        model=parent.model,
        engine=parent.engine,
        workdir=parent.workdir,
        permission_mode=parent.permission_mode,
        **_held(),
    )
    keep_prompt(session, prompt)
    return AgentSession.objects.get(id=session.id)


def turns_below(session_id: str) -> list[Event]:
    """The turn events of a session's sub-agents at any depth, for their cost."""
    found: list[Event] = []
    for child in AgentSession.objects.filter(parent=session_id):
        turns = child.events.filter(type__in=SPENDING).order_by("seq")
        lines = turns.values_list("data", flat=True)
        found += [decode_event(line) for line in lines]
        found += turns_below(child.id)
    return found


def read_log(session_id: str) -> list[Event]:
    """Read a session's log as its agent sees it: each event complete and unmasked.

    Raises ProtocolError.
    """
    rows = AgentSession.objects.get(id=session_id).events.order_by("seq")
    lines = rows.values_list("data", flat=True)
    events = [decode_event(line) for line in lines.iterator(chunk_size=2000)]
    known = with_originals(session_id, events)
    return [whole(event) if event.whole_id else event for event in known]


def username(session: AgentSession) -> str:
    """The username of a session's owner; "" if it has none."""
    return session.owner.get_username() if session.owner else ""


def _held() -> dict[str, object]:
    return {
        "status": first_status(StatusCause.CREATION, SessionStatus.RUNNING),
        "lease": str(Lease.new()),
        "heartbeat_at": Now(),
    }
