import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from sessions_app.log.database.reader import Reader
from sessions_app.models import ApiToken, Share
from sessions_app.people.api_tokens import Scope, find_token, scopes_of
from sessions_app.people.browser_sessions import stored_key
from sessions_app.people.rights import (
    AccessList,
    Principal,
    access_lists,
    links_used,
    principal,
    principal_of,
    sees,
)
from sessions_app.people.visitor import Person


@dataclass(frozen=True, slots=True)
class ConnectionGrant:
    """What a connection was accepted with; the guard ends it when this changes."""

    principal: Principal
    session_key: str = ""  # a signed-in user's, as stored in the database
    password: str = ""  # the user's password hash
    token_hash: str = ""  # a program's, which came with an API token

    @classmethod
    def of(cls, person: Person, session_key: str) -> "ConnectionGrant | None":
        """Return a person's grant; None without a role or a share link still valid."""
        who = principal_of(person)
        if isinstance(person, User) and who.role is not None:
            return cls(who, stored_key(session_key), person.password)
        grant = cls(who)
        return grant if _links_live({grant}) else None

    @classmethod
    def of_token(cls, token: str) -> "ConnectionGrant | None":
        """Return the grant of an API token that may read; None if it may not."""
        found = find_token(token)
        if found is None or Scope.READ not in scopes_of(found):
            return None
        return cls(principal_of(found.user), token_hash=found.token_hash)


class GuardedConnection(Protocol):
    """The part of a connection that the guard uses."""

    @property
    def watched(self) -> Collection[str]:
        """The ids of the sessions that the connection shows."""

    def sign_out(self) -> None:
        """End the connection: its grant is no longer valid."""

    def forbid(self, session_id: str) -> None:
        """Stop showing a session."""


@dataclass(frozen=True, slots=True)
class AccessVerdict:
    grants: set[ConnectionGrant]  # those that are still valid
    access_lists: dict[str, AccessList]


def judge(
    grants: Collection[ConnectionGrant], session_ids: Collection[str]
) -> AccessVerdict:
    """Read which grants are still valid, and the access lists of sessions."""
    return AccessVerdict(
        _signed_in(grants) | _links_live(grants) | _tokens_live(grants),
        access_lists(session_ids),
    )


def _signed_in(grants: Collection[ConnectionGrant]) -> set[ConnectionGrant]:
    keys = {grant.session_key for grant in grants if grant.session_key}
    if not keys:
        return set()
    sessions = Session.objects.filter(
        session_key__in=keys, expire_date__gt=timezone.now()
    )
    open_keys = set(sessions.values_list("session_key", flat=True))
    people = {grant.principal.user_id for grant in grants}
    known = _known({id_ for id_ in people if id_ is not None})
    return {
        grant
        for grant in grants
        if grant.session_key in open_keys
        and known.get(grant.principal.user_id) == (grant.password, grant.principal)
    }


def _known(user_ids: Collection[int]) -> dict[int | None, tuple[str, Principal]]:
    groups: dict[int, list[tuple[int, str]]] = defaultdict(list)
    members = User.groups.through.objects.filter(user_id__in=user_ids)
    for user_id, id_, name in members.values_list("user_id", "group_id", "group__name"):
        groups[user_id].append((id_, name))
    users = User.objects.filter(id__in=user_ids, is_active=True)
    return {
        id_: (password, principal(id_, is_superuser, groups[id_]))
        for id_, password, is_superuser in users.values_list(
            "id", "password", "is_superuser"
        )
    }


def _links_live(grants: Collection[ConnectionGrant]) -> set[ConnectionGrant]:
    visitors = {grant for grant in grants if grant.principal.links}
    if not visitors:
        return set()
    links = {link for grant in visitors for link in grant.principal.links}
    shares = Share.objects.live().filter(id__in=links)
    live = set(shares.values_list("id", flat=True))
    return {grant for grant in visitors if grant.principal.links & live}


def _tokens_live(grants: Collection[ConnectionGrant]) -> set[ConnectionGrant]:
    hashes = {grant.token_hash for grant in grants if grant.token_hash}
    if not hashes:
        return set()
    tokens = ApiToken.objects.live().filter(token_hash__in=hashes)
    live = {
        token.token_hash: token.user_id
        for token in tokens
        if Scope.READ in scopes_of(token)
    }
    known = _known(set(live.values()))
    return {
        grant
        for grant in grants
        if (user_id := live.get(grant.token_hash)) in known
        and known[user_id][1] == grant.principal
    }


class Guard:
    """Ends connections and subscriptions of people who lost the right to see them.

    An HTTP request is checked each time; a WebSocket is checked once and may stay open
    for weeks. So the guard checks all open ones again every GUARD_INTERVAL_S.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lines: dict[GuardedConnection, ConnectionGrant] = {}
        self._by_link: Counter[int] = Counter()
        self._task: asyncio.Task[None] | None = None

    async def grant(self, person: Person, session_key: str) -> ConnectionGrant | None:
        return await self._reader.read(ConnectionGrant.of, person, session_key)

    def watch(self, grant: ConnectionGrant, line: GuardedConnection) -> None:
        self._lines[line] = grant
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="guard")

    def unwatch(self, line: GuardedConnection) -> None:
        self._lines.pop(line, None)

    def link_viewers(self) -> Counter[int]:
        """Return the number of viewers by share link's id, as of the last check."""
        return self._by_link

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._lines:
            await asyncio.sleep(settings.GUARD_INTERVAL_S)
            lines = dict(self._lines)
            watched = {line: tuple(line.watched) for line in lines}
            shown = {id_ for ids in watched.values() for id_ in ids}
            verdict = await self._reader.read(judge, set(lines.values()), shown)
            for line, grant in lines.items():
                if grant not in verdict.grants:
                    line.sign_out()
                else:
                    _forbid(line, watched[line], grant.principal, verdict)
            self._by_link = Counter(
                link
                for line, grant in lines.items()
                for link in _links(watched[line], grant.principal, verdict)
            )
        self._by_link = Counter()


def _links(
    session_ids: Collection[str], who: Principal, verdict: AccessVerdict
) -> set[int]:
    """Return the ids of the share links that let a person watch these sessions."""
    found = (verdict.access_lists.get(id_) for id_ in session_ids)
    return {link for one in found if one is not None for link in links_used(who, one)}


def _forbid(
    line: GuardedConnection,
    session_ids: Collection[str],
    who: Principal,
    verdict: AccessVerdict,
) -> None:
    for id_ in session_ids:
        access_list = verdict.access_lists.get(id_)
        if access_list is not None and not sees(who, access_list):
            line.forbid(id_)
