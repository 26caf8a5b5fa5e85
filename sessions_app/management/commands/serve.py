import os
import signal
import sys
from importlib import import_module
from ipaddress import ip_address
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connections

from sessions_app.delivery.server import server
from sessions_app.operations import heap, open_files
from sessions_app.operations.health.schema import unapplied
from sessions_app.operations.supervised_process import SupervisedProcess

CONCURRENCY = 4  # number of sessions that run at a time
GUARDED = (sys.executable, "-m", "sessions_app.operations.parent_death_guard")


class Command(BaseCommand):
    help = "Serve the pages and run queued sessions, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
        parser.add_argument(
            "--port", type=int, default=8000, help="default: %(default)s; 0: any"
        )
        parser.add_argument(
            "--concurrency",
            type=int,
            default=CONCURRENCY,
            help="sessions run at the same time; default: %(default)s",
        )
        parser.add_argument(
            "--runner-metrics-port", type=int, help="serve the runner's /metrics here"
        )
        parser.add_argument(
            "--no-runner", action="store_true", help="serve the pages only"
        )
        parser.add_argument(
            "--follow",
            action="store_true",
            help="take in the sessions of Claude Code, Codex and opencode, live",
        )
        parser.add_argument(
            "--signin", action="store_true", help="print a first sign-in link"
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _check_own_machine(host)
        heap.give_back()
        open_files.raise_limit(settings.OPEN_FILES_MIN)
        _check_migrations()
        _check_runner(options["concurrency"], options["runner_metrics_port"])
        children = []
        if not options["no_runner"]:
            children.append(SupervisedProcess(_runner_command(options)))
        if options["follow"]:
            children.append(SupervisedProcess([*GUARDED, "follow", "--wait"]))

        def when_listening(port: int) -> None:
            self._greet(_url(host, port), options["signin"])
            for child in children:
                child.start()

        _end_with_terminal()
        # Loaded before the port is open, so that no request waits for it.
        import_module(settings.ROOT_URLCONF)
        get_default_application()
        heap.set_aside()
        try:
            server.run(host, port, when_listening)
        except server.CannotListen as error:
            raise CommandError(
                f"{error} Choose another: --port, or make run PORT=…"
            ) from None
        finally:
            for child in children:
                child.stop()

    def _greet(self, url: str, signin: bool) -> None:
        if settings.RINGSIDE_SIMULATE:
            self.stdout.write(
                "Sessions are SIMULATED: no Claude answers. Set ANTHROPIC_API_KEY."
            )
        self.stdout.write(f"Ringside is at {url}  (Ctrl-C stops it)")
        if signin:
            self._print_link(url)
        # Leave no output in a buffer, and no database connection open, from the start.
        self.stdout.flush()
        connections.close_all()

    def _print_link(self, url: str) -> None:
        try:
            call_command("signin", base_url=url, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stdout.write(str(error))


def _end_with_terminal() -> None:
    """Treat SIGHUP (sent when a terminal closes) as SIGTERM, unless it is ignored."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _runner_command(options: dict[str, Any]) -> list[str]:
    queue = ["runagent", "--queue", "--concurrency", str(options["concurrency"])]
    if port := options["runner_metrics_port"]:
        queue += ["--metrics-port", str(port)]
    return [*GUARDED, *queue]


def _check_runner(concurrency: int, metrics_port: int | None) -> None:
    """Check the runner's options now: it would be restarted for ever with bad ones."""
    if concurrency < 1:
        raise CommandError("--concurrency: at least 1")
    if metrics_port is not None and not 0 < metrics_port < 2**16:
        raise CommandError("--runner-metrics-port: from 1 to 65535")


def _check_own_machine(host: str) -> None:
    """Refuse to serve others what only the person at this machine may do."""
    if settings.RINGSIDE_OWN_MACHINE and not _is_loopback(host):
        raise CommandError(
            f"--host {host} serves other machines, too: unset RINGSIDE_OWN_MACHINE. "
            "(RINGSIDE_WORKDIR_ROOTS names directories for a team.)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _check_migrations() -> None:
    try:
        missing = unapplied()
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {error}") from None
    if missing:
        raise CommandError(
            "The database is not up to date: run `make run` or `manage.py migrate`."
        )


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 shown, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
