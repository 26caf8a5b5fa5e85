import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.servers.free_port import free_port
from tests.servers.stack import missing

DEBIAN = Path("/usr/lib/postgresql")
OPTIONS = (
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off "
    "-c max_connections=60 -c shared_buffers=16MB"
)


class PostgresServer:
    """A PostgreSQL of a test's own, to be restarted."""

    def __init__(self) -> None:
        self._bin = _find_programs()
        self._port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="ringside-postgres-"))
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._directory, "postgres")
        data = str(self._directory / "data")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
        self._control("start", "-o", f"{OPTIONS} -p {self._port}")

    def restart(self, mode: str = "immediate") -> None:
        """Restart it; `immediate` is as if it had crashed."""
        self._control("restart", "-m", mode, "-o", f"{OPTIONS} -p {self._port}")

    def add_tablespace(self, name: str, path: Path) -> None:
        """Make a tablespace in an empty directory, which the server will own."""
        if os.getuid() == 0:
            shutil.chown(path, "postgres")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{path}'".encode())

    def end(self) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self._directory)

    def _control(self, *words: str) -> None:
        log = str(self._directory / "log")
        data = str(self._directory / "data")
        self._run("pg_ctl", "-w", "-s", "-D", data, "-l", log, *words)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._bin / program), *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command,
            check=True,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


def _find_programs() -> Path:
    """Find the directory of PostgreSQL's own programs; Debian hides it."""
    known = shutil.which("pg_ctl")
    if known:
        return Path(known).resolve().parent
    found = sorted(DEBIAN.glob("*/bin/pg_ctl"))
    return found[-1].parent if found else Path(missing("pg_ctl")).parent
