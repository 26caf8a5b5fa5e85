from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Length

from sessions_app.log.epochs import EpochChanges, changes_since
from sessions_app.models import AgentSession, Event
from sessions_app.people.rights import Principal, visible
from sessions_app.people.roles import Role


@dataclass(frozen=True, slots=True)
class WholeEntry:
    """One event of the whole log: its place, its session, and its JSON."""

    place: int
    session_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class WholePage:
    """The whole log between two places, `after` excluded; `up_to` may have no entry."""

    after: int
    up_to: int
    entries: tuple[WholeEntry, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A log that was replaced: its epoch now, and the last seq of it that is passed."""

    session_id: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Replacements:
    """Which logs were replaced since a version; None: all of them, or nobody knows."""

    version: str
    logs: tuple[Replaced, ...] | None


def read_whole_page(after: int, up_to: int, who: Principal | None) -> WholePage:
    """Read entries after a place, at most up to another, of what a person may see.

    `who` None: all sessions. Sizes are read first, so that a page is bounded on every
    database; a larger event is a page of its own. So is how many events a page looks
    through, of which the person may see few.
    """
    up_to = min(up_to, after + settings.WHOLE_LOG_SCAN_MAX_EVENTS)
    if up_to <= after:
        return WholePage(after, after, ())
    events = Event.objects.filter(id__gt=after, id__lte=up_to).order_by("id")
    if who is not None and who.role is not Role.ADMIN:
        events = events.filter(session__in=visible(who).values("pk"))
    most: int = settings.PAGE_MAX_ROWS
    sizes = events.annotate(size=Length("data")).values_list("id", "size")[:most]
    ids: list[int] = []
    room: int = settings.PAGE_MAX_CHARS
    is_whole = len(sizes) < most
    for id_, size in sizes:
        room -= size
        if ids and room < 0:
            is_whole = False
            break
        ids.append(id_)
    if not ids:
        return WholePage(after, up_to, ())
    rows = Event.objects.filter(id__gte=ids[0], id__lte=ids[-1], id__in=ids)
    entries = tuple(
        WholeEntry(id_, session_id, data.encode())
        for id_, session_id, data in rows.order_by("id").values_list(
            "id", "session_id", "data"
        )
    )
    return WholePage(after, up_to if is_whole else ids[-1], entries)


def seen_of(who: Principal, session_ids: Collection[str]) -> set[str]:
    """Return which of these sessions a person may see."""
    seen = visible(who).filter(pk__in=session_ids)
    return set(seen.values_list("pk", flat=True))


def read_replacements(who: Principal, version: str, place: int) -> Replacements:
    """Read which of the logs that a person may see were replaced since a version."""
    changes: EpochChanges = changes_since(version)
    if changes.session_ids is None:
        return Replacements(changes.version, None)
    sessions: list[AgentSession] = []
    if changes.session_ids:
        sessions = list(visible(who).filter(pk__in=changes.session_ids))
    passed = Event.objects.filter(session__in=sessions, id__lte=place).order_by()
    seqs = dict(
        passed.values("session")
        .annotate(up_to=Max("seq"))
        .values_list("session", "up_to")
    )
    logs = (Replaced(one.pk, one.epoch, seqs.get(one.pk, 0)) for one in sessions)
    return Replacements(changes.version, tuple(logs))
