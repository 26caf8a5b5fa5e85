import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from sessions_app.delivery.feed.tail import SqliteTail, Tail, TimerTail, open_tail
from sessions_app.log.layer import Layer

pytestmark = pytest.mark.conformance
WRITE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as connection:
    connection.execute("INSERT INTO t VALUES (1)")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "t.sqlite3"
    make(path)
    return path


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.TAIL_INTERVAL_S = 0.001
    settings.HEAD_CHECK_INTERVAL_S = 30.0


def make(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()


def write(path: Path) -> None:
    connection = sqlite3.connect(path, timeout=10)
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()
    connection.close()


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def is_quiet(tail: SqliteTail) -> bool:
    """Tell whether the tail has nothing to say."""
    try:
        async with asyncio.timeout(0.05):
            await tail.grown()
    except TimeoutError:
        return True
    return False


async def settled(path: Path) -> SqliteTail:
    """A tail that has seen all there is."""
    tail = SqliteTail(path)
    await tail.grown()
    assert await is_quiet(tail)
    return tail


async def speaks(tail: Tail) -> None:
    async with asyncio.timeout(10):
        await tail.grown()


async def test_each_commit_is_noticed(file: Path) -> None:
    tail = await settled(file)
    for _ in range(5):
        await asyncio.to_thread(write, file)
        await speaks(tail)
        assert await is_quiet(tail)
    tail.close()


async def test_another_processs_commit_is_noticed(file: Path) -> None:
    tail = await settled(file)
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", WRITE, str(file)], check=True
    )
    await speaks(tail)
    tail.close()


async def test_what_is_not_committed_is_not_noticed(file: Path) -> None:
    tail = await settled(file)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO t VALUES (1)")
    assert await is_quiet(tail)
    connection.execute("ROLLBACK")
    assert await is_quiet(tail)
    connection.close()
    tail.close()


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
async def test_a_file_that_was_replaced_is_noticed(
    file: Path, tmp_path: Path, writes: int
) -> None:
    tail = await settled(file)
    for _ in range(writes):
        write(file)
        await speaks(tail)
    other = tmp_path / "other.sqlite3"
    make(other)
    shutil.move(other, file)
    await speaks(tail)
    assert await is_quiet(tail)
    write(file)
    await speaks(tail)
    tail.close()


async def test_a_file_that_is_missing_for_a_while_is_not_made_anew(
    file: Path, tmp_path: Path
) -> None:
    tail = await settled(file)
    away = tmp_path / "away"
    shutil.move(file, away)
    assert await is_quiet(tail)
    assert "t.sqlite3" not in names(tmp_path)
    shutil.copy(away, file)
    await speaks(tail)
    tail.close()


async def test_a_file_that_is_no_database_for_a_while_ends_nothing(
    file: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good"
    shutil.copy(file, good)
    tail = await settled(file)
    half = tmp_path / "half"
    half.write_bytes(b"half a database " * 1000)
    shutil.move(half, file)
    await speaks(tail)  # so that whoever reads finds out
    shutil.move(good, file)
    await speaks(tail)
    assert await is_quiet(tail)
    tail.close()


async def test_a_quiet_file_is_looked_at_all_the_same(
    file: Path, settings: LazySettings
) -> None:
    tail = await settled(file)
    settings.HEAD_CHECK_INTERVAL_S = 0.02
    await speaks(tail)
    tail.close()


async def test_a_file_is_looked_at_less_while_a_layer_brings_what_is_new(
    file: Path, settings: LazySettings
) -> None:
    settings.TAIL_RELAXED_INTERVAL_S = 0.2
    tail = await settled(file)
    tail.relax()
    await asyncio.to_thread(write, file)
    assert await is_quiet(tail)
    await speaks(tail)  # all the same
    settings.TAIL_BUSY_S = 0.0  # it has brought nothing for that long
    await asyncio.to_thread(write, file)
    assert not await is_quiet(tail)
    tail.close()


async def test_a_tail_can_be_closed_twice(file: Path) -> None:
    tail = await settled(file)
    tail.close()
    tail.close()
    SqliteTail(file).close()


@pytest.mark.usefixtures("transactional_db")
def test_the_tail_suits_the_stack(settings: LazySettings) -> None:
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith(("sqlite3", "sqlite"))
    in_memory = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    for layers in (settings.CHANNEL_LAYERS, in_memory):
        settings.CHANNEL_LAYERS = layers
        layer = Layer()
        is_everywhere = layer.is_shared and not layer.is_local
        tail = open_tail(layer)
        wanted = SqliteTail if is_sqlite and not is_everywhere else TimerTail
        assert isinstance(tail, wanted)
        tail.close()


async def test_a_timer_says_so_at_its_interval() -> None:
    tail = TimerTail(0.0)
    await speaks(tail)
    tail.close()
