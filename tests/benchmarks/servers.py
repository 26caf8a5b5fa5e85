import os

import psycopg
import redis

from tests.servers.stack import POSTGRES_URL, REDIS_URL, Stack

USUAL_POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
USUAL_REDIS = "redis://127.0.0.1:6379/0"


def find_servers() -> None:
    """Name the usual local servers where none is named, and forget those away."""
    for variable, usual, answers in (
        (POSTGRES_URL, USUAL_POSTGRES, _postgres_answers),
        (REDIS_URL, USUAL_REDIS, _redis_answers),
    ):
        url = os.environ.pop(variable, "") or usual
        if answers(url):
            os.environ[variable] = url


def is_there(stack: Stack) -> bool:
    """What the stack needs answers."""
    needs = ((stack.postgres, POSTGRES_URL), (stack.redis, REDIS_URL))
    return all(variable in os.environ for is_needed, variable in needs if is_needed)


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def _redis_answers(url: str) -> bool:
    try:
        with redis.from_url(url, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
