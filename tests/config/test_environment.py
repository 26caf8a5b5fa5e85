import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment
from tests.servers.installation import Installation

# A setting, and what it cannot be.
WRONG = [
    ("HTTPS", "maybe"),
    ("MASK_SECRETS", "enabled"),
    ("HSTS_SECONDS", "an hour"),
    ("RINGSIDE_SIMULATOR_RATE", "fast"),
    ("RINGSIDE_SIMULATOR_RATE", "-1"),
    ("RINGSIDE_SIMULATOR_JITTER", "2"),
    ("RINGSIDE_OUTBOX_MAX_AGE_S", "nan"),
    ("RINGSIDE_OUTPUT", "xml"),
    ("RINGSIDE_WORKDIR_ROOTS", "/srv/projects,projects"),
    ("RINGSIDE_BASH_WRAPPER", 'bwrap "--ro-bind'),
    ("SQLITE_SYNCHRONOUS", "FUL"),
    ("DATABASE_URL", "ringside.sqlite3"),
    ("DATABASE_URL", "postgres://ringside:secret@host:port/name"),
    ("DATABASE_URL", "mysql://host/name"),
    ("REDIS_URL", "localhost:6379"),
    ("REDIS_URL", "redis://:secret@host:port/0"),
    ("REDIS_URL", "redis://:secret@/0"),
    ("REDIS_URL", "redis://host:99999/0"),
    ("REDIS_URL", "redis://host/zero"),
    ("REDIS_URL", "unix://"),
    ("REDIS_URL", "http://host:6379/0"),
    ("REDIS_URL", "redis://host/-1"),
    ("DATABASE_URL", "postgres://host"),
    ("RINGSIDE_REDIS_URL", "localhost:6379"),
    ("RINGSIDE_DATABASE_URL", "ringside.sqlite3"),
    ("RINGSIDE_PLAIN_NAMES", "maybe"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "loud"),
    ("TIME_ZONE", "Mars/Olympus"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_a_setting_cannot_be_is_said_in_a_line_with_its_name(
    installation: Installation, name: str, value: str
) -> None:
    process = installation.start("check", **{"HTTPS": "on", name: value})
    assert process.wait() == 1
    (line,) = process.errors().splitlines()
    assert line.startswith(f"The settings: {name}")
    assert "secret" not in line


@pytest.mark.parametrize(
    ("said", "meant"),
    [("on", True), ("True", True), ("1", True), ("off", False)],
)
def test_a_flag_is_said_in_several_ways(
    monkeypatch: pytest.MonkeyPatch, said: str, meant: bool
) -> None:
    monkeypatch.setenv("RINGSIDE_FLAG", said)
    assert Environment().flag("RINGSIDE_FLAG", default=not meant) is meant


def test_what_is_not_set_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGSIDE_NONE", raising=False)
    env = Environment()
    assert env.flag("RINGSIDE_NONE", default=True)
    assert env.number("RINGSIDE_NONE", 2.5) == 2.5
    assert env.one_of("RINGSIDE_NONE", "first", "second") == "first"
    assert env.redis("RINGSIDE_NONE") == ""
    with pytest.raises(ImproperlyConfigured, match="RINGSIDE_NONE"):
        env.number("RINGSIDE_NONE", 2.5, most=1)


def test_a_word_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGSIDE_WORD", "full")
    assert Environment().one_of("RINGSIDE_WORD", "NORMAL", "FULL") == "FULL"


@pytest.mark.parametrize("value", ["", "  "])
def test_what_is_set_to_nothing_is_the_default(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for name in ("RINGSIDE_NONE", "RINGSIDE_HOSTS", "HOSTS"):
        monkeypatch.setenv(name, value)
    env = Environment()
    assert env.flag("RINGSIDE_NONE", default=True)
    assert env.text("RINGSIDE_NONE", "x") == "x"
    assert env.number("RINGSIDE_NONE", 2.5) == 2.5
    assert env.names("HOSTS", ["localhost"]) == ["localhost"]
    assert env.database("RINGSIDE_NONE", "sqlite:////d")["NAME"] == "/d"
    monkeypatch.setenv("RINGSIDE_PLAIN_NAMES", "1")
    assert env.names("HOSTS", ["localhost"]) == ["localhost"]


@pytest.mark.parametrize(
    ("plain", "own", "switch", "read"),
    [
        ("theirs", "", "", ""),
        ("theirs", "ours", "", "ours"),
        ("theirs", "ours", "1", "ours"),
        ("theirs", "", "1", "theirs"),
        ("theirs", "", "0", ""),
        ("", "", "1", ""),
    ],
)
def test_a_plain_name_counts_only_where_the_deployment_says_so(
    monkeypatch: pytest.MonkeyPatch, plain: str, own: str, switch: str, read: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", plain)
    monkeypatch.setenv("RINGSIDE_SECRET_KEY", own)
    monkeypatch.setenv("RINGSIDE_PLAIN_NAMES", switch)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    env = Environment()
    assert env.text("SECRET_KEY") == read
    is_ignored = bool(plain) and not read and not switch
    assert env.ignored() == (["SECRET_KEY"] if is_ignored else [])


def test_values_are_literal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGSIDE_SECRET_KEY", "$HOME and more")
    assert Environment().text("SECRET_KEY") == "$HOME and more"


def test_the_environment_of_the_project_next_door_changes_nothing(
    installation: Installation,
) -> None:
    own = {f"RINGSIDE_{name}": installation.env.pop(name) for name in ("DATABASE_URL",)}
    theirs = {
        "RINGSIDE_PLAIN_NAMES": "",
        "DATABASE_URL": "mysql://joe@db/shop",
        "REDIS_URL": "amqp://queue",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "DEBUG": "everything",
        "LOG_LEVEL": "silly",
        "SECRET_KEY": "shop",
        "HTTPS": "yes, please",
    }
    process = installation.start("check", **own, **theirs)
    assert process.wait() == 0, process.errors()
    told = process.errors()
    assert "REDIS_URL is set and not read" in told
    assert "SECRET_KEY is set and not read" in told
    assert "DATABASE_URL is set" not in told  # Ringside has its own
    silent = installation.start(
        "check", **own, **theirs | {"RINGSIDE_PLAIN_NAMES": "0"}
    )
    assert silent.wait() == 0
    assert "not read" not in silent.errors()
