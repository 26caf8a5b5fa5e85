import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession
from sessions_app.people.roles import Role, assign


def an_operator(name: str) -> User:
    user = User.objects.create_user(name)
    assign(user, Role.OPERATOR)
    return user


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
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def as_root(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def session(alice: User) -> AgentSession:
    """A session of Alice's that runs."""
    return AgentSession.objects.create(
        owner=alice, title="Tidy up", prompt="Tidy up", status="running"
    )
