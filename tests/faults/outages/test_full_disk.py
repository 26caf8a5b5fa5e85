import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psycopg
import pytest

from tests.conftest import Install
from tests.faults.arena import Arena
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.installation import Installation, Served, Template
from tests.servers.postgres_server import PostgresServer
from tests.servers.process import until
from tests.servers.stack import POSTGRES, SQLITE

DISK = "size=6m"
POSTGRES_DISK = "size=40m"
SPACE = "small"  # the tablespace on it
WAL_DISK = "size=24m"
WRITE_WAL = "SELECT pg_logical_emit_message(false, '', repeat('x', 500000))"
LOCKED_S = 3.0  # long enough for a simulated agent that is as fast as it can be
FULL_S = 13.0  # longer than a lease lasts without a heartbeat


@contextmanager
def mounted_at(path: Path, options: str) -> Iterator[Path]:
    """A small file system of its own."""
    path.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("may not mount a file system")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_at(tmp_path / "disk", DISK) as path:
        yield path


@pytest.fixture
def small_postgres(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Installation, Path]]:
    """An installation whose database in PostgreSQL is on a small disk."""
    server = PostgresServer()
    with (
        TemporaryDirectory(prefix="ringside-disk-") as parent,
        mounted_at(Path(parent) / "disk", POSTGRES_DISK) as disk,
    ):
        Path(parent).chmod(0o755)  # the server passes through
        space = disk / "space"
        space.mkdir()
        disk.chmod(0o755)
        server.add_tablespace(SPACE, space)
        directory = tmp_path_factory.mktemp("full")
        template = Template(POSTGRES, directory, server.url)
        made = Installation(POSTGRES, directory, template)
        name = made.env["DATABASE_URL"].rpartition("/")[2]
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET TABLESPACE {SPACE}".encode())
        yield made, disk
        made.end()
        server.end()


@dataclass(frozen=True)
class SmallWal:
    """An installation whose PostgreSQL has its write-ahead log on a small disk."""

    installation: Installation
    server: PostgresServer
    disk: Path


@pytest.fixture
def small_wal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallWal]:
    with (
        TemporaryDirectory(prefix="ringside-wal-") as parent,
        mounted_at(Path(parent) / "disk", WAL_DISK) as disk,
    ):
        Path(parent).chmod(0o755)  # the server passes through
        disk.chmod(0o755)
        wal = disk / "wal"
        wal.mkdir()
        server = PostgresServer(wal=wal)
        directory = tmp_path_factory.mktemp("full")
        template = Template(POSTGRES, directory, server.url)
        made = Installation(POSTGRES, directory, template)
        yield SmallWal(made, server, disk)
        made.end()
        server.end()


@pytest.fixture
def small(disk: Path, install: Install) -> Installation:
    """An installation whose database is on a small disk."""
    made = install(SQLITE)
    shutil.move(made.directory / "r.sqlite3", disk / "r.sqlite3")
    made.env["DATABASE_URL"] = f"sqlite:///{disk / 'r.sqlite3'}"
    return made


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def use_up_wal(server: PostgresServer) -> None:
    """Write into the log until there is no room for its next file."""
    has_room = True
    while has_room:
        try:
            with psycopg.connect(server.url) as connection:
                connection.execute(WRITE_WAL)
        except psycopg.OperationalError:
            has_room = False


def is_full(served: Served) -> bool:
    said: list[str] = served.get("/readyz").json()["lacks"]
    return said == ["database: its disk is full"]


def says_so_everywhere(small: Installation, disk: Path) -> None:
    """Ask for readiness, and sign in, while the disk is full and after."""
    served = small.serve("--no-runner", "--signin")
    link = served.process.prints("/signin/").split()[-1]
    headers = {"Origin": served.url, "Referer": served.url, "Accept": "text/html"}
    with httpx2.Client(base_url=served.url, headers=headers) as client:
        token = client.get(link).text.partition('csrfmiddlewaretoken" value="')[2]
        filler = fill(disk)
        until(lambda: is_full(served))
        said = client.post(link, data={"csrfmiddlewaretoken": token.partition('"')[0]})
        assert said.status_code == 503
        assert said.headers["Retry-After"]
        assert "The disk is full" in said.text
        filler.unlink()
        until(lambda: served.get("/readyz").status_code == 200)
        again = client.post(link, data={"csrfmiddlewaretoken": token.partition('"')[0]})
        assert again.status_code == 302


def buries_nobody(small: Installation, disk: Path, background: Background) -> None:
    """Have a session stream through a full disk, from its beginning to its end."""
    arena = Arena(small, background)
    arena.open()
    session = arena.stream(tokens=400, rate=100)
    arena.watch(session)
    filler = fill(disk)
    began = time.monotonic()
    until(lambda: time.monotonic() - began > FULL_S)
    filler.unlink()
    arena.sessions.await_rest(session, "completed")
    assert arena.sessions.statuses(session) == ["running", "completed"]
    arena.assert_all_saw(session)
    arena.leave()


def test_a_full_disk_is_said_where_people_and_machines_ask(
    small: Installation, disk: Path
) -> None:
    says_so_everywhere(small, disk)


def test_a_full_disk_of_postgres_is_said_where_people_and_machines_ask(
    small_postgres: tuple[Installation, Path],
) -> None:
    says_so_everywhere(*small_postgres)


def test_a_full_disk_buries_no_living_runner_and_loses_no_event(
    small: Installation, disk: Path, background: Background
) -> None:
    buries_nobody(small, disk, background)


def test_a_full_disk_of_postgres_buries_no_living_runner_and_loses_no_event(
    small_postgres: tuple[Installation, Path], background: Background
) -> None:
    buries_nobody(*small_postgres, background)


def test_a_full_write_ahead_log_is_said_buries_nobody_and_loses_no_event(
    small_wal: SmallWal, background: Background
) -> None:
    # PostgreSQL stops for want of room, and its service manager starts it again.
    arena = Arena(small_wal.installation, background)
    arena.open()
    session = arena.stream(tokens=400, rate=100)
    arena.watch(session)
    filler = fill(small_wal.disk)
    use_up_wal(small_wal.server)
    began = time.monotonic()
    until(lambda: arena.server.get("/readyz").status_code == 503)
    said = arena.server.get("/signin/x/", {"Accept": "text/html"})
    assert said.status_code == 503
    assert said.headers["Retry-After"]
    assert "database" in said.text
    until(lambda: time.monotonic() - began > FULL_S)
    filler.unlink()
    small_wal.server.keep_up()
    until(lambda: arena.server.get("/readyz").status_code == 200)
    arena.sessions.await_rest(session, "completed")
    assert arena.sessions.statuses(session) == ["running", "completed"]
    arena.assert_all_saw(session)
    arena.leave()


def test_an_exit_code_is_the_logs_where_the_last_words_were_not_written(
    installation: Installation,
) -> None:
    sessions = Sessions(installation)
    runner = installation.start("runagent", "[scenario: markdown rate=300]")
    until(lambda: sessions.count("sessions_app_event") > 5)
    path = installation.env["DATABASE_URL"].removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    locked = time.monotonic()
    until(lambda: time.monotonic() - locked > LOCKED_S)
    other.execute(
        "UPDATE sessions_app_agentsession SET lease = '', status = 'interrupted'"
    )
    other.execute("COMMIT")
    other.close()
    assert runner.wait() == 130
    assert "is interrupted" in runner.output()
    assert "is completed" not in runner.output()
