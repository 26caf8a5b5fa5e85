import shutil
import signal
import subprocess
from pathlib import Path

import redis

from tests.servers.free_port import free_port
from tests.servers.process import until
from tests.servers.stack import missing

OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")


class RedisServer:
    """A Redis of a test's own, to be stopped, paused and emptied."""

    def __init__(self, directory: Path) -> None:
        self._command = shutil.which("redis-server") or missing("redis-server")
        self._directory = directory
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._command, *OPTIONS, "--port", str(self._port)],
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
        )
        until(self._answers)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Forget everything, and cut everybody who listens."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
            client.client_kill_filter(_type="pubsub")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
