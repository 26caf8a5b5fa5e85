import os
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

POSTGRES_URL = "RINGSIDE_TEST_POSTGRES_URL"
REDIS_URL = "RINGSIDE_TEST_REDIS_URL"
REQUIRE_SERVERS = "RINGSIDE_REQUIRE_SERVERS"


@dataclass(frozen=True)
class Stack:
    """What an installation under test stands on."""

    postgres: bool
    redis: bool

    def __str__(self) -> str:
        database = "postgres" if self.postgres else "sqlite"
        return f"{database}+redis" if self.redis else database


SQLITE = Stack(postgres=False, redis=False)
SQLITE_REDIS = Stack(postgres=False, redis=True)
POSTGRES = Stack(postgres=True, redis=False)
POSTGRES_REDIS = Stack(postgres=True, redis=True)
ALL = (SQLITE, SQLITE_REDIS, POSTGRES, POSTGRES_REDIS)


def is_given(variable: str) -> bool:
    return bool(os.environ.get(variable))


def server_url(variable: str) -> str:
    """Return the URL of a server to test with, or skip: in CI none is missing."""
    url = os.environ.get(variable, "")
    return url or skip(f"set {variable} to the URL of a server to run this test")


def missing(program: str) -> NoReturn:
    """Skip for want of a program: in CI none is missing."""
    skip(f"install {program} to run this test")


def skip(word: str) -> NoReturn:
    if os.environ.get(REQUIRE_SERVERS):
        pytest.fail(word)
    pytest.skip(word)


def with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
