from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from sessions_app.models import AgentSession, Share
from sessions_app.people.roles import BY_GROUP, Role
from sessions_app.people.visitor import Person, Visitor

BELOW = """
WITH RECURSIVE tree (id) AS (
    {shared}
    UNION
    SELECT child.id FROM sessions_app_agentsession AS child
    JOIN tree ON child.parent_id = tree.id
) SELECT id FROM tree
"""
ABOVE = """
WITH RECURSIVE line (id, owner_id, above) AS (
    SELECT id, owner_id, id FROM sessions_app_agentsession WHERE id IN ({ids})
    UNION
    SELECT line.id, line.owner_id, session.parent_id FROM line
    JOIN sessions_app_agentsession AS session ON session.id = line.above
    WHERE session.parent_id IS NOT NULL
) SELECT id, owner_id, above FROM line
"""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as far as rights go; `role` None: nobody."""

    role: Role | None = None
    user_id: int | None = None
    groups: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessList:
    """For whom a session is, besides admins."""

    owner_id: int | None
    users: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()
    steering_users: frozenset[int] = frozenset()
    steering_groups: frozenset[int] = frozenset()
    guests: frozenset[tuple[int, int]] = frozenset()  # link, who opened it signed in


@dataclass(frozen=True, slots=True)
class Grant:
    """One share, as far as one person is concerned."""

    id: int
    user: int | None
    group: int | None
    guest: int | None  # who opened the link while signed in
    can_control: bool


# --- who -----------------------------------------------------------------------


def principal_of(person: Person) -> Principal:
    """Read who asks; kept on the user, as Django keeps permissions."""
    if isinstance(person, Visitor):
        links = _checked(person)
        return Principal(Role.VIEWER, links=links) if links else Principal()
    if not isinstance(person, User) or not person.is_active:
        return Principal()
    known: Principal | None = getattr(person, "_principal", None)
    if known is None:
        groups = [] if person.is_superuser else _groups(person)
        known = principal(person.pk, person.is_superuser, groups)
        person._principal = known  # type: ignore[attr-defined]  # ours
    return known


def principal(
    user_id: int, is_superuser: bool, groups: Collection[tuple[int, str]]
) -> Principal:
    """Put together the standing of an active user in these groups (id, name)."""
    if is_superuser:
        return Principal(Role.ADMIN, user_id)
    roles = [BY_GROUP[name] for _, name in groups if name in BY_GROUP]
    role = max(roles, default=Role.VIEWER)
    return Principal(role, user_id, frozenset(id_ for id_, _ in groups))


def _checked(visitor: Visitor) -> frozenset[int]:
    """Keep the links whose tokens are those that the visitor came by."""
    if visitor.hashes is not None:
        shares = Share.objects.filter(pk__in=visitor.links, token_hash__isnull=False)
        tokens = {
            id_: str(hash_) for id_, hash_ in shares.values_list("pk", "token_hash")
        }
        same = [k for k, v in visitor.hashes.items() if tokens.get(k, "").startswith(v)]
        visitor.links, visitor.hashes = frozenset(same), None
    return visitor.links


def _groups(user: User) -> list[tuple[int, str]]:
    return list(Group.objects.filter(user=user).values_list("id", "name"))


# --- what they may -------------------------------------------------------------


def sees(who: Principal, access_list: AccessList) -> bool:
    if who.role is None:
        return False
    return (
        who.role is Role.ADMIN
        or (who.user_id is not None and who.user_id == access_list.owner_id)
        or who.user_id in access_list.users
        or not who.groups.isdisjoint(access_list.groups)
        or not who.links.isdisjoint(access_list.links)
    )


def links_used(who: Principal, access_list: AccessList) -> set[int]:
    """Name the links by which somebody who needs one sees it."""
    if who.user_id is None:
        return set(who.links & access_list.links)
    if who.user_id == access_list.owner_id:
        return set()
    return {link for link, guest in access_list.guests if guest == who.user_id}


def steers(who: Principal, access_list: AccessList) -> bool:
    if who.role is None or who.role < Role.OPERATOR:
        return False
    return (
        who.role is Role.ADMIN
        or who.user_id == access_list.owner_id
        or who.user_id in access_list.steering_users
        or not who.groups.isdisjoint(access_list.steering_groups)
    )


def may_control(person: Person, session: AgentSession) -> bool:
    """Prompt, interrupt, cancel, answer an approval, rename."""
    who = principal_of(person)
    if who.role is Role.OPERATOR and who.user_id == session.owner_id:
        return True  # as `steers` says, without asking for the audience
    return steers(who, access_list_of(session))


def may_share(person: Person, session: AgentSession) -> bool:
    who = principal_of(person)
    is_own = who.role is Role.OPERATOR and who.user_id == session.owner_id
    return who.role is Role.ADMIN or is_own


def may_start(person: Person) -> bool:
    role = principal_of(person).role
    return role is not None and role >= Role.OPERATOR


def may_bypass_approvals(person: Person) -> bool:
    """Start a session whose tools nobody is asked about."""
    return may_administer(person)


def may_administer(person: Person) -> bool:
    """Use the admin; see and steer every session; redact."""
    return principal_of(person).role is Role.ADMIN


def visible_to(person: Person) -> QuerySet[AgentSession]:
    """Select the sessions that they may read: pages, logs, outputs, exports."""
    return visible(principal_of(person))


def visible(who: Principal) -> QuerySet[AgentSession]:
    """Select the sessions that somebody `sees`."""
    sessions = AgentSession.objects.all()
    if who.role is None:
        return sessions.none()
    if who.role is Role.ADMIN:
        return sessions
    shared = Q(id__in=_shared_with(who))
    if who.user_id is None:
        return sessions.filter(shared)
    return sessions.filter(shared | Q(owner_id=who.user_id))


def _shared_with(who: Principal) -> RawSQL:
    """Select the ids of what is shared with somebody, sub-agents included."""
    link = Q(id__in=who.links, token_hash__isnull=False)
    by_name = Q(user=who.user_id) | Q(group__in=who.groups) | Q(people=who.user_id)
    shares = Share.objects.live().order_by()
    shares = shares.filter(link if who.user_id is None else by_name)
    sql, params = shares.values("session_id").query.sql_with_params()
    return RawSQL(BELOW.format(shared=sql), params)  # noqa: S611 Django made it


# --- for whom a session is -------------------------------------------------------


def access_list_of(session: AgentSession) -> AccessList:
    return access_lists([session.pk]).get(session.pk, AccessList(session.owner_id))


def access_lists(session_ids: Collection[str]) -> dict[str, AccessList]:
    """Read for whom sessions are, in two queries; those that are gone are left out.

    What is shared is shared with all below it.
    """
    lines = _lines(session_ids)
    grants = _grants({above for _, _, above in lines})
    granted: dict[str, list[Grant]] = defaultdict(list)
    for id_, _, above in lines:
        granted[id_] += grants[above]
    owners = {id_: owner_id for id_, owner_id, _ in lines}
    return {id_: _access_list(owners[id_], granted[id_]) for id_ in owners}


def _lines(session_ids: Collection[str]) -> list[tuple[str, int | None, str]]:
    """Pair sessions, and their owners, with themselves and all that are above them."""
    if not session_ids:
        return []
    ids = ", ".join(["%s"] * len(session_ids))
    with connection.cursor() as cursor:
        cursor.execute(ABOVE.format(ids=ids), list(session_ids))
        return list(cursor.fetchall())


def _grants(session_ids: Collection[str]) -> dict[str, list[Grant]]:
    grants: dict[str, list[Grant]] = defaultdict(list)
    shares = Share.objects.live().filter(session__in=session_ids).order_by()
    rows = shares.values_list(
        "session_id", "id", "user_id", "group_id", "people", "can_control"
    )
    for session_id, id_, user, group, guest, can_control in rows:
        grants[session_id].append(Grant(id_, user, group, guest, can_control))
    return grants


def _access_list(owner_id: int | None, grants: list[Grant]) -> AccessList:
    steering = [grant for grant in grants if grant.can_control]
    return AccessList(
        owner_id=owner_id,
        users=_set(id_ for grant in grants for id_ in (grant.user, grant.guest)),
        groups=_set(grant.group for grant in grants),
        links=_set(
            grant.id for grant in grants if grant.user is None and grant.group is None
        ),
        steering_users=_set(grant.user for grant in steering),
        steering_groups=_set(grant.group for grant in steering),
        guests=frozenset(
            (grant.id, grant.guest) for grant in grants if grant.guest is not None
        ),
    )


def _set(ids: Iterable[int | None]) -> frozenset[int]:
    return frozenset(id_ for id_ in ids if id_ is not None)
