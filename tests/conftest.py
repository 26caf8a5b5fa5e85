import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Model
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

from sessions_app.models import Command, Event
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.process import ROOT
from tests.servers.stack import ALL, REDIS_URL, SQLITE, Stack, server_url

Install = Callable[[Stack], Installation]
hypothesis.register_profile("fast", deadline=None, derandomize=True, max_examples=40)
hypothesis.register_profile("thorough", deadline=None, max_examples=2000)
hypothesis.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

# Files of over a minute. They begin first, so that none of them is the last to end.
LONG = frozenset(
    {
        "test_chaos", "test_coverage", "test_database_away", "test_endless_replies",
        "test_event_stream_cuts", "test_first_steps", "test_follow", "test_full_disk",
        "test_handover", "test_kills", "test_lonely_runner", "test_masked_memory",
        "test_other_agents", "test_outages", "test_pipeline", "test_queue",
        "test_resume", "test_reviewing", "test_runagent",
        "test_secret_in_every_field", "test_soak", "test_terminal_commands",
    }
)  # fmt: skip


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mix the files for several workers: those that wait with those that compute.

    In the order of folders all workers compute at one time, and wait at another. Each
    worker puts them into the same order; tests of a file stay in theirs.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> tuple[bool, bytes]:
    name = str(path.relative_to(ROOT)).encode()
    return path.stem not in LONG, blake2b(name, digest_size=8).digest()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Name the test database: SQLite's is a file, which all threads may open."""
    name = f"ringside_test_{secrets.token_hex(4)}"
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    else:
        # No test cuts the power: a commit need not wait for the disk.
        options = connection.settings_dict.setdefault("OPTIONS", {})
        options["options"] += " -c synchronous_commit=off"
    connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def _layer_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests that run side by side, and a Ringside that does, hear nothing of these."""
    backend = str(settings.CHANNEL_LAYERS["default"]["BACKEND"])
    if backend.endswith("LocalLayer"):
        config = {"directory": tmp_path_factory.mktemp("layer")}
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}


@pytest.fixture
def transactional_db(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The test database, for threads that commit; emptied when the test is over.

    pytest-django's own truncates all tables: a second a test on PostgreSQL.
    """
    with django_db_blocker.unblock():
        yield
        with transaction.atomic():
            ours = apps.get_app_config("sessions_app").get_models()
            # The log first, for it is the largest: it need not go row by row.
            models: tuple[type[Model], ...] = (Event, Command, *ours, Session, User)
            for model in models:
                model._default_manager.all().delete()


@pytest.fixture(scope="session")
def template_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Stack], Template]]:
    templates: dict[bool, Template] = {}

    def template(stack: Stack) -> Template:
        if stack.redis:
            server_url(REDIS_URL)
        if stack.postgres not in templates:
            templates[stack.postgres] = Template(
                stack, tmp_path_factory.mktemp("template")
            )
        return templates[stack.postgres]

    yield template
    for made in templates.values():
        made.drop()


@contextmanager
def installing(
    directory: Path, template_of: Callable[[Stack], Template]
) -> Iterator[Install]:
    """Make installations in a directory; in the end, end all they started."""
    made: list[Installation] = []

    def install_on(stack: Stack) -> Installation:
        template = template_of(stack)  # skips where the stack's servers are not there
        own = directory / f"installation{len(made)}"
        own.mkdir(mode=0o700)
        made.append(Installation(stack, own, template))
        return made[-1]

    yield install_on
    for installation in made:
        installation.end()


@pytest.fixture
def install(
    tmp_path_factory: pytest.TempPathFactory,
    template_of: Callable[[Stack], Template],
) -> Iterator[Install]:
    """Makes installations; ends all they started."""
    # Not in `tmp_path`, which has the test's name: a socket's path must be short.
    with installing(tmp_path_factory.mktemp("i"), template_of) as install_on:
        yield install_on


@pytest.fixture(scope="module")
def install_for_module(
    tmp_path_factory: pytest.TempPathFactory,
    template_of: Callable[[Stack], Template],
) -> Iterator[Install]:
    """Makes installations that the tests of a module share."""
    directory = tmp_path_factory.mktemp("shared")
    with installing(directory, template_of) as install_on:
        yield install_on


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """An event loop beside the tests, for watchers and proxies."""
    background = Background()
    yield background
    background.end()


@pytest.fixture
def installation(install: Install) -> Installation:
    """An installation on the default stack: SQLite, no Redis."""
    return install(SQLITE)


@pytest.fixture(params=ALL, ids=str)
def any_installation(request: pytest.FixtureRequest, install: Install) -> Installation:
    """An installation on each stack in turn."""
    return install(request.param)
