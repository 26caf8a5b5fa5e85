import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from django.db import (
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import held_session

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
async def reader(transactional_db: None) -> AsyncIterator[Reader]:
    reader = Reader(2)
    yield reader
    await reader.close()


async def test_queries_run_beside_the_event_loop_and_each_other(
    reader: Reader,
) -> None:
    both = threading.Barrier(2)

    def query() -> str:
        both.wait(10)
        return threading.current_thread().name

    names = await asyncio.gather(reader.read(query), reader.read(query))
    assert len(set(names)) == 2
    assert threading.current_thread().name not in names


async def test_arguments_and_answers_pass(reader: Reader) -> None:
    await reader.read(held_session, id="s_one", title="one")
    found = await reader.read(AgentSession.objects.get, id="s_one")
    assert found.title == "one"


async def test_a_read_is_tried_again_while_the_database_is_away(
    reader: Reader,
) -> None:
    tries = []

    def query() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away")
        return len(tries)

    assert await reader.read(query) == 3
    tries.clear()
    with pytest.raises(OperationalError):
        await reader.read_once(query)


async def test_a_transaction_that_stood_still_for_too_long_is_tried_again(
    reader: Reader,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no such end")
    tries = []

    def query() -> int:
        tries.append(1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 20")
            if len(tries) == 1:
                time.sleep(0.2)  # asleep amid it
            cursor.execute("SELECT 1")
        return len(tries)

    assert await reader.read(query) == 2


async def test_other_errors_are_the_askers(reader: Reader) -> None:
    await reader.read(held_session, id="s_one")
    with pytest.raises(IntegrityError):
        await reader.read(held_session, id="s_one")
    assert await reader.read(AgentSession.objects.count) == 1


async def test_a_broken_connection_is_replaced(reader: Reader) -> None:
    def count() -> int:
        return AgentSession.objects.count()

    def break_off() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    if connection.vendor != "postgresql":
        pytest.skip("there is no server to break off with")
    for _ in range(4):  # both threads'
        with pytest.raises(OperationalError):
            await reader.read_once(break_off)
    for _ in range(4):
        assert await reader.read(count) == 0


async def test_closing_closes_every_threads_connection() -> None:
    reader = Reader(3)
    gate = threading.Barrier(3)
    opened = []

    def open_one() -> None:
        connection.ensure_connection()
        opened.append(connection.connection)
        gate.wait(10)

    await asyncio.gather(*(reader.read(open_one) for _ in range(3)))
    await reader.close()
    assert len({id(one) for one in opened}) == 3
    for one in opened:
        with pytest.raises(Exception, match="closed"):
            one.execute("SELECT 1")


async def test_a_close_that_raises_in_one_thread_ends_the_others() -> None:
    reader = Reader(3)
    together = threading.Barrier(3)
    mine = connections.create_connection("default")
    opened = []

    def open_one(number: int) -> None:
        if number == 1:
            connections["default"] = mine  # another thread's: it may not close it
        else:
            connection.ensure_connection()
            opened.append(connection.connection)
        together.wait(10)

    await asyncio.gather(*(reader.read(open_one, number) for number in range(3)))
    async with asyncio.timeout(10):
        await reader.close()
    for one in opened:
        with pytest.raises(Exception, match="closed"):
            one.execute("SELECT 1")
