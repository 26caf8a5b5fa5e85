from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from runners.follow.found import FoundTranscript
from runners.records.rows import create_child, create_session
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession, AgentTranscript, Event, TranscriptEntry
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.engine_kind import ACP, ACP_COMMAND, TRANSCRIPTS
from sessions_app.protocol.events import AgentInfo
from sessions_app.protocol.status import AT_REST
from sessions_app.sessions.agent_state import IS_AGENT_STATE

ENTRY = "entry"  # field of an event: the key of the entry that it was made from


class NotFollowed(Exception):
    """The transcript's session was deleted here, or is continued by Ringside."""


def hold(
    owner: User, found: FoundTranscript, parent: AgentSession | None = None
) -> AgentSession | None:
    """Claim a transcript's session, creating it if necessary.

    `parent` is the session that started a sub-agent. Returns None if another process
    holds the session. Raises NotFollowed.
    """
    row = _row(owner, found)
    if row is not None:
        return _claimed(row)
    if _is_run_here(found):
        raise NotFollowed
    with transaction.atomic():
        session = _new(owner, found, parent)
        AgentTranscript.objects.create(
            owner=owner, agent=found.agent, name=found.name, session=session
        )
    return session


def _new(
    owner: User, found: FoundTranscript, parent: AgentSession | None
) -> AgentSession:
    options = {"agent": found.agent, "agent_session_id": found.name}
    if parent is None:
        return create_session(
            prompt="",
            title="",
            owner=owner,
            model="",
            engine=found.kind.name,
            workdir="",
            permission_mode=AgentSession.PermissionMode.DEFAULT,
            budget={},
            options=options,
        )
    session = create_child(parent, found.task, "")
    session.model, session.options = "", dict(options)
    session.save(update_fields=["model", "options"])
    return session


def _row(owner: User, found: FoundTranscript) -> AgentTranscript | None:
    rows = AgentTranscript.objects.filter(
        owner=owner, agent=found.agent, name=found.name
    )
    return rows.select_related("session").first()


def _claimed(row: AgentTranscript) -> AgentSession | None:
    session = row.session
    if session is None or session.engine not in {kind.name for kind in TRANSCRIPTS}:
        raise NotFollowed
    return lease.claim(session.pk)


def _is_run_here(found: FoundTranscript) -> bool:
    """True if Ringside itself runs the agent that writes this transcript."""
    infos = Event.objects.filter(IS_AGENT_STATE, type=AgentInfo.wire_type())
    ours = infos.filter(session__engine__in=(ACP.name, ACP_COMMAND.name))
    return ours.filter(data__contains=found.root or found.name).exists()


def rested(owner: User) -> dict[tuple[str, str], str]:
    """Read the stamps of completely logged transcripts, by agent and name."""
    rows = AgentTranscript.objects.filter(owner=owner)
    at_rest = rows.filter(session__status__in=[status.value for status in AT_REST])
    stamps = at_rest.values_list("agent", "name", "session__options")
    return {
        (agent, name): options.get("transcript", {}).get("stamp", "")
        for agent, name, options in stamps.iterator(chunk_size=500)
    }


def claim_entries(
    owner_id: int, session_id: str, keys: Collection[str]
) -> Mapping[str, str | None]:
    """Claim entries by key for a session; the first session to claim an entry keeps it.

    Returns, by key, the sessions that claimed entries earlier; None stands for a
    deleted session.
    """
    transcript = AgentTranscript.objects.get(session=session_id)
    names = {f"{owner_id}:{key}": key for key in keys}
    rows = TranscriptEntry.objects.filter(key__in=names)
    before = set(rows.values_list("key", flat=True))
    new = [
        TranscriptEntry(key=name, transcript=transcript)
        for name in names
        if name not in before
    ]
    TranscriptEntry.objects.bulk_create(new, ignore_conflicts=True)
    found = rows.values_list("key", "transcript_id", F("transcript__session_id"))
    return {
        names[key]: session
        for key, claimer, session in found
        if key in before or claimer != transcript.pk
    }


def keys_in_log(session_id: str) -> Counter[str]:
    """Count the entries in a session's log, by key."""
    lines = Event.objects.filter(session=session_id).order_by("seq")
    data = lines.values_list("data", flat=True).iterator(chunk_size=2000)
    named = (decode_event(line).more.get(ENTRY) for line in data if ENTRY in line)
    return Counter(
        key for keys in named if isinstance(keys, str) for key in keys.split()
    )


def set_times(times: Mapping[str, tuple[int, int]]) -> None:
    """Set sessions' dates to their transcripts' first and last entry, in ms.

    Only for sessions at rest: while they run, the list shows the present time.
    """
    for session_id, (first, last) in times.items():
        AgentSession.objects.filter(pk=session_id, lease="").update(
            created_at=_moment(first), updated_at=_moment(last)
        )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
