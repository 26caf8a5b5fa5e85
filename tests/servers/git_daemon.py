import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.free_port import free_port
from tests.servers.process import until


@contextmanager
def git_daemon(base: Path) -> Iterator[str]:
    """Serve the repositories below a directory by git's own protocol; yields its URL.

    Whoever asks may push.
    """
    port = free_port()
    process = subprocess.Popen(
        [
            "git", "daemon", "--listen=127.0.0.1", f"--port={port}", "--reuseaddr",
            "--export-all", "--enable=receive-pack", f"--base-path={base}", str(base),
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        until(answers)
        yield f"git://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
