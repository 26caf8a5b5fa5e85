import pytest
from django.contrib.auth.models import AnonymousUser, User

from sessions_app.models import AgentSession
from sessions_app.rights import (
    may_bypass_approvals,
    may_control,
    may_see,
    may_see_owned_by,
    may_start,
    visible_to,
)


@pytest.fixture
def orphan(db: None) -> AgentSession:
    return AgentSession.objects.create(title="nobody's", prompt="p")


def test_owner_sees_and_controls_their_own(alice: User, session: AgentSession) -> None:
    assert may_see(alice, session)
    assert may_control(alice, session)


def test_others_neither_see_nor_control(bob: User, session: AgentSession) -> None:
    assert not may_see(bob, session)
    assert not may_control(bob, session)


def test_superuser_sees_and_controls_all(
    root: User, session: AgentSession, orphan: AgentSession
) -> None:
    assert set(visible_to(root)) == {session, orphan}
    assert may_control(root, session)
    assert may_control(root, orphan)


def test_session_without_owner_is_the_superusers_alone(
    alice: User, orphan: AgentSession
) -> None:
    assert not may_see(alice, orphan)
    assert not may_see_owned_by(alice, None)


def test_nobody_signed_in_may_do_nothing(session: AgentSession) -> None:
    nobody = AnonymousUser()
    assert not may_see(nobody, session)
    assert not may_see_owned_by(nobody, None)
    assert not may_start(nobody)
    assert not may_bypass_approvals(nobody)
    assert not visible_to(nobody).exists()


def test_inactive_superuser_may_do_nothing(root: User, session: AgentSession) -> None:
    root.is_active = False
    assert not may_see(root, session)
    assert not may_start(root)
    assert not may_bypass_approvals(root)
    assert not visible_to(root).exists()


def test_only_superusers_may_bypass_approvals(alice: User, root: User) -> None:
    assert may_start(alice)
    assert not may_bypass_approvals(alice)
    assert may_bypass_approvals(root)


def test_queryset_and_predicate_agree(
    alice: User, bob: User, root: User, session: AgentSession, orphan: AgentSession
) -> None:
    bobs = AgentSession.objects.create(owner=bob, title="b", prompt="p")
    child = AgentSession.objects.create(
        owner=alice, parent=session, title="c", prompt="p"
    )
    for person in (alice, bob, root):
        seen = {s for s in (session, orphan, bobs, child) if may_see(person, s)}
        assert set(visible_to(person)) == seen
