import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment
from tests.installation import Installation

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
    [("on", True), ("True", True), ("1", True), ("off", False), ("", False)],
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
