import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers.free_port import free_port
from tests.servers.process import until
from tests.servers.stack import missing

DEBIAN = "/usr/sbin/pgbouncer"
CONFIG = """[databases]
* = host={host} port={port} user={user}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 500
default_pool_size = 4
"""


class PgBouncer:
    """A PgBouncer of a test's own, in transaction mode, in front of a server."""

    def __init__(self, url: str) -> None:
        program = shutil.which("pgbouncer") or DEBIAN
        if not Path(program).exists():
            missing("pgbouncer")
        server = urlsplit(url)
        self._port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="ringside-pgbouncer-"))
        config = self._directory / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                host=server.hostname,
                port=server.port or 5432,
                user=server.username,
                password=f" password={server.password}" if server.password else "",
                listen=self._port,
            )
        )
        command = [program, str(config)]
        if os.getuid() == 0:  # PgBouncer refuses to run as root
            shutil.chown(self._directory, "postgres")
            command = ["runuser", "-u", "postgres", "--", *command]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: self._answers(url), within=30)

    def through(self, url: str) -> str:
        """The same database, by way of this pooler."""
        found = urlsplit(url)
        who = f"{found.username}@" if found.username else ""
        return found._replace(netloc=f"{who}127.0.0.1:{self._port}").geturl()

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self._directory)

    def _answers(self, url: str) -> bool:
        try:
            psycopg.connect(self.through(url), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
