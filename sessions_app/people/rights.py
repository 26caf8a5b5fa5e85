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
    """The person who makes a request, as far as rights go; `role` None: nobody.

    `groups` are ids of groups; `links` are ids of the share links that were opened.
    """

    role: Role | None = None
    user_id: int | None = None
    groups: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessList:
    """Who may see and steer a session, besides admins.

    `users`, `groups` and `links` may see it; `steering_…` may also steer it. `links`
    are ids of shares.
    """

    owner_id: int | None
    users: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()
    steering_users: frozenset[int] = frozenset()
    steering_groups: frozenset[int] = frozenset()
    guests: frozenset[tuple[int, int]] = frozenset()  # (link, user who opened it)


@dataclass(frozen=True, slots=True)
class Grant:
    """One share, with at most one of the people who opened its link."""

    id: int
    user: int | None
    group: int | None
    guest: int | None  # a user who opened the link while signed in
    can_control: bool


# --- principals ----------------------------------------------------------------


def principal_of(person: Person) -> Principal:
    """Return a person's principal; cached on the user, like Django's permissions."""
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
    """Build the principal of an active user in these groups (id, name)."""
    if is_superuser:
        return Principal(Role.ADMIN, user_id)
    roles = [BY_GROUP[name] for _, name in groups if name in BY_GROUP]
    role = max(roles, default=Role.VIEWER)
    return Principal(role, user_id, frozenset(id_ for id_, _ in groups))


def _checked(visitor: Visitor) -> frozenset[int]:
    """Return the visitor's links whose token still has the hash in the cookie."""
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


# --- permissions ---------------------------------------------------------------


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
    """Return the links by which a person sees the session.

    For a signed-in user these are the links that they opened; none for the owner.
    """
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
    """Whether a person may prompt, interrupt, cancel, answer approvals and rename."""
    who = principal_of(person)
    if who.role is Role.OPERATOR and who.user_id == session.owner_id:
        return True  # the same result as `steers`, without reading the access list
    return steers(who, access_list_of(session))


def may_share(person: Person, session: AgentSession) -> bool:
    who = principal_of(person)
    is_own = who.role is Role.OPERATOR and who.user_id == session.owner_id
    return who.role is Role.ADMIN or is_own


def may_start(person: Person) -> bool:
    role = principal_of(person).role
    return role is not None and role >= Role.OPERATOR


def may_bypass_approvals(person: Person) -> bool:
    """Whether a person may start a session whose tools run without approval."""
    return may_administer(person)


def may_administer(person: Person) -> bool:
    """Whether a person may use the admin, see and steer every session, and redact."""
    return principal_of(person).role is Role.ADMIN


def visible_to(person: Person) -> QuerySet[AgentSession]:
    """Select the sessions a person may read: pages, logs, outputs and exports."""
    return visible(principal_of(person))


def visible(who: Principal) -> QuerySet[AgentSession]:
    """Select the sessions that a principal `sees`."""
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
    """Select the ids of the sessions shared with a principal, and their sub-agents."""
    link = Q(id__in=who.links, token_hash__isnull=False)
    by_name = Q(user=who.user_id) | Q(group__in=who.groups) | Q(people=who.user_id)
    shares = Share.objects.live().order_by()
    shares = shares.filter(link if who.user_id is None else by_name)
    sql, params = shares.values("session_id").query.sql_with_params()
    return RawSQL(BELOW.format(shared=sql), params)  # noqa: S611 Django made it


# --- access lists ----------------------------------------------------------------


def access_list_of(session: AgentSession) -> AccessList:
    return access_lists([session.pk]).get(session.pk, AccessList(session.owner_id))


def access_lists(session_ids: Collection[str]) -> dict[str, AccessList]:
    """Read the access lists of sessions, in two queries.

    Sessions that do not exist are left out. A share of a session also covers all of
    its sub-agents.
    """
    lines = _lines(session_ids)
    grants = _grants({above for _, _, above in lines})
    granted: dict[str, list[Grant]] = defaultdict(list)
    for id_, _, above in lines:
        granted[id_] += grants[above]
    owners = {id_: owner_id for id_, owner_id, _ in lines}
    return {id_: _access_list(owners[id_], granted[id_]) for id_ in owners}


def _lines(session_ids: Collection[str]) -> list[tuple[str, int | None, str]]:
    """Return rows (session, its owner, itself or an ancestor) for these sessions."""
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
