import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
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
    """A PostgreSQL of a test's own, to be restarted.

    `wal`: an empty directory for its write-ahead log, in segments of 1 MB.
    """

    def __init__(
        self, env: Mapping[str, str] | None = None, wal: Path | None = None
    ) -> None:
        self._env = os.environ | (env or {})
        self._bin = _find_programs()
        self._port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="ringside-postgres-"))
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"
        words = ["-U", "postgres", "-A", "trust", "--no-sync"]
        if wal:
            words += ["-X", str(wal), "--wal-segsize=1"]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            for path in [self._directory, *([wal] if wal else ())]:
                shutil.chown(path, "postgres")
        self._run("initdb", "-D", str(self._directory / "data"), *words)
        self.start()

    def start(self) -> None:
        self._control("start", "-o", f"{OPTIONS} -p {self._port}")

    def restart(self, mode: str = "immediate") -> None:
        """Restart it; `immediate` is as if it had crashed."""
        self._control("restart", "-m", mode, "-o", f"{OPTIONS} -p {self._port}")

    def keep_up(self) -> None:
        """Start it if it has stopped, as its service manager would."""
        if not self._is_up():
            self.start()

    def add_tablespace(self, name: str, path: Path) -> None:
        """Make a tablespace in an empty directory, which the server will own."""
        if os.getuid() == 0:
            shutil.chown(path, "postgres")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{path}'".encode())

    def end(self) -> None:
        if self._is_up():
            self._control("stop", "-m", "immediate")
        shutil.rmtree(self._directory)

    def _is_up(self) -> bool:
        return (self._directory / "data/postmaster.pid").exists()

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
            env=self._env,
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
