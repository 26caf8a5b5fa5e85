from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.management.base import CommandError
from prometheus_client import make_wsgi_app

from sessions_app.operations.health.own_host import is_own_host


class MetricsServer(ThreadingMixIn, WSGIServer):
    """Serves each scrape in a thread of its own."""

    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    """A request handler that logs no scrape."""

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@contextmanager
def exposed_metrics(host: str, port: int | None) -> Iterator[None]:
    """Serve metrics to Prometheus on a port, if one is given. Raises CommandError."""
    if port is None:
        yield
        return
    try:
        server = make_server(host, port, _metrics, MetricsServer, SilentHandler)
    except (OSError, OverflowError) as error:
        raise CommandError(f"--metrics-port {port}: {error}") from None
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _metrics(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    """Answer a scrape; a browser's request from a foreign page is refused."""
    if not _may_ask(environ):
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        refused: Iterable[bytes] = [b"Ask by address, localhost or an allowed host.\n"]
        return refused
    return make_wsgi_app()(environ, start_response)


def _may_ask(environ: dict[str, Any]) -> bool:
    try:
        is_local = ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        is_local = True
    return not is_local or is_own_host(environ.get("HTTP_HOST", ""))
