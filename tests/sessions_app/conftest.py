import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession
from sessions_app.people.roles import Role, assign
from tests.sessions_app.logbook import held_session


def an_operator(name: str) -> User:
    user = User.objects.create_user(name)
    assign(user, Role.OPERATOR)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(db: None) -> User:
    return an_operator("alice")


@pytest.fixture
def bob(db: None) -> User:
    return an_operator("bob")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def as_alice(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def as_root(root: User) -> Client:
    return signed_in(root)


@pytest.fixture
def session(alice: User) -> AgentSession:
    """A session of Alice's that runs."""
    return AgentSession.objects.create(
        owner=alice, title="Tidy up", prompt="Tidy up", status="running"
    )


@pytest.fixture
def one(transactional_db: None) -> AgentSession:
    return held_session(id="s_one")


@pytest.fixture
def two(transactional_db: None) -> AgentSession:
    return held_session(id="s_two")
