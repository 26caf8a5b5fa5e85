from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.models import AgentSession, Share
from sessions_app.people.rights import (
    access_list_of,
    access_lists,
    may_administer,
    may_bypass_approvals,
    may_control,
    may_share,
    may_start,
    principal_of,
    sees,
    visible_to,
)
from sessions_app.people.roles import Role, assign
from sessions_app.people.visitor import Person, Visitor

pytestmark = pytest.mark.conformance


@pytest.fixture
def orphan(db: None) -> AgentSession:
    return AgentSession.objects.create(title="nobody's", prompt="p")


def again(user: User) -> User:
    """The user as the next request finds them."""
    return User.objects.get(pk=user.pk)


def may_see(person: Person, session: AgentSession) -> bool:
    """By both ways of asking, of which each door takes one."""
    is_among_theirs = visible_to(person).filter(pk=session.pk).exists()
    assert sees(principal_of(person), access_list_of(session)) is is_among_theirs
    return is_among_theirs


def test_owner_sees_and_controls_their_own(alice: User, session: AgentSession) -> None:
    assert may_see(alice, session)
    assert may_control(alice, session)
    assert may_share(alice, session)


def test_others_neither_see_nor_control(bob: User, session: AgentSession) -> None:
    assert not may_see(bob, session)
    assert not may_control(bob, session)
    assert not may_share(bob, session)


def test_session_without_owner_is_the_admins_alone(
    alice: User, root: User, orphan: AgentSession
) -> None:
    assert not may_see(alice, orphan)
    assert may_see(root, orphan)
    assert may_control(root, orphan)


def test_nobody_signed_in_may_do_nothing(session: AgentSession) -> None:
    nobody = AnonymousUser()
    assert not may_see(nobody, session)
    assert not may_start(nobody)
    assert not may_bypass_approvals(nobody)
    assert not visible_to(nobody).exists()


def test_inactive_superuser_may_do_nothing(root: User, session: AgentSession) -> None:
    root.is_active = False
    assert not may_see(root, session)
    assert not may_start(root)
    assert not may_administer(root)
    assert not visible_to(root).exists()


@pytest.mark.parametrize(
    ("role", "starts", "controls", "administers"),
    [
        (None, False, False, False),
        (Role.VIEWER, False, False, False),
        (Role.OPERATOR, True, True, False),
        (Role.ADMIN, True, True, True),
    ],
)
def test_a_role_says_what_its_people_may(
    alice: User,
    session: AgentSession,
    role: Role | None,
    starts: bool,
    controls: bool,
    administers: bool,
) -> None:
    alice.groups.clear()
    if role is not None:
        assign(alice, role)
    person = again(alice)
    assert may_see(person, session)  # their own, whatever they are
    assert may_start(person) is starts
    assert may_control(person, session) is controls
    assert may_share(person, session) is controls
    assert may_administer(person) is administers
    assert may_bypass_approvals(person) is administers


def test_assigning_a_role_takes_the_others(alice: User) -> None:
    team = Group.objects.create(name="team")
    alice.groups.add(team)
    assign(alice, Role.ADMIN)
    assert {group.name for group in alice.groups.all()} == {"admin", "team"}


def test_what_is_shared_to_steer_is_steered_by_operators_alone(
    bob: User, session: AgentSession
) -> None:
    Share.objects.create(session=session, user=bob, can_control=True)
    assert may_control(bob, session)
    assert not may_share(bob, session)
    assign(bob, Role.VIEWER)
    assert may_see(again(bob), session)
    assert not may_control(again(bob), session)


def test_what_is_shared_to_look_is_not_steered(
    bob: User, session: AgentSession
) -> None:
    Share.objects.create(session=session, group=bob.groups.get())
    assert may_see(bob, session)
    assert not may_control(bob, session)


def test_what_is_shared_is_shared_with_all_below_it_and_nothing_else(
    bob: User, session: AgentSession
) -> None:
    child = AgentSession.objects.create(parent=session, title="c", prompt="p")
    grandchild = AgentSession.objects.create(parent=child, title="g", prompt="p")
    sibling = AgentSession.objects.create(parent=session, title="s", prompt="p")
    Share.objects.create(session=child, user=bob)
    assert set(visible_to(bob)) == {child, grandchild}
    assert may_see(bob, grandchild)
    assert not may_see(bob, sibling)
    assert not may_see(bob, session)


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_share_that_has_ended_is_none(
    bob: User, session: AgentSession, ended: str
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Share.objects.create(session=session, user=bob, **{ended: past})
    assert not may_see(bob, session)
    assert not visible_to(bob).exists()


# --- the set and the single answer agree, and both with plain reckoning ---------

# Of five sessions: whose child each is (an earlier one), and whose it is.
TREES = st.tuples(
    *(
        st.tuples(st.none() | st.integers(0, n - 1) if n else st.none(), st.booleans())
        for n in range(5)
    )
)
# What is shared, with whom, whether it has ended.
SHARES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["user", "group", "link", "guest"]),
        st.booleans(),
    ),
    max_size=4,
)
Tree = tuple[tuple[int | None, bool], ...]
Shares = list[tuple[int, str, bool]]


def reckon(tree: Tree, shares: Shares, number: int, person: str) -> bool:
    """Tell by plain reckoning whether a person sees a session."""
    kinds = {"bob": {"user", "group", "guest"}, "visitor": {"link"}}[person]
    if person == "bob" and tree[number][1]:
        return True
    at: int | None = number
    while at is not None:
        for of, kind, is_over in shares:
            if of == at and kind in kinds and not is_over:
                return True
        at = tree[at][0]
    return False


@given(tree=TREES, shares=SHARES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rights_are_what_plain_reckoning_says(
    bob: User, tree: Tree, shares: Shares
) -> None:
    AgentSession.objects.all().delete()
    sessions: list[AgentSession] = []
    for parent, is_bobs in tree:
        above = None if parent is None else sessions[parent]
        owner = bob if is_bobs else None
        sessions.append(
            AgentSession.objects.create(parent=above, owner=owner, title="t")
        )
    links = set()
    for number, (of, kind, is_over) in enumerate(shares):
        share = Share.objects.create(
            session=sessions[of],
            user=bob if kind == "user" else None,
            group=bob.groups.get() if kind == "group" else None,
            token_hash=str(number) if kind in {"link", "guest"} else None,
            revoked_at=timezone.now() if is_over else None,
        )
        if kind == "guest":
            share.people.add(bob)
        if kind == "link":
            links.add(share.pk)
    people: dict[str, Person] = {"bob": bob, "visitor": Visitor(frozenset(links))}
    found = access_lists([session.pk for session in sessions])
    for (name, person), number in product(people.items(), range(5)):
        session, expected = sessions[number], reckon(tree, shares, number, name)
        assert may_see(person, session) is expected
        assert sees(principal_of(person), found[session.pk]) is expected
