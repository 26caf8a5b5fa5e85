from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from prometheus_client import start_http_server


@contextmanager
def exposed_metrics(host: str, port: int | None) -> Iterator[None]:
    """Let Prometheus ask this process on a port, if any. Raises CommandError."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host)
    except (OSError, OverflowError) as error:
        raise CommandError(f"--metrics-port {port}: {error}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
