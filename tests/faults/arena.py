import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import httpx2
import psycopg

from sessions_app.log.leases.process_identity import Lease
from sessions_app.protocol.commands import Cancel, Interrupt, Prompt
from tests.naive_fold import Fields
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, Process, until
from tests.servers.proxy import Proxy
from tests.watcher import Watcher

INTERRUPTED_WITHIN_S = 15.0  # after its runner was killed, a session says so
AT_REST = ("idle", "completed", "failed", "interrupted", "cancelled")
INSERT = """INSERT INTO sessions_app_event
(session_id, seq, type, stream, ts, data) VALUES"""
TERMINATE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()"""
# Long enough to be in the midst of when something is killed.
STREAM = "[scenario: long tokens={tokens} rate={rate}]"


class Arena:
    """An installation, its server, its runner and its watchers."""

    def __init__(self, installation: Installation, background: Background) -> None:
        self.installation = installation
        self.sessions = Sessions(installation)
        self.cookies: Mapping[str, str] = {}
        self.server: Served
        self.runner: Process
        self._background = background
        self._watchers: list[Watcher] = []
        self._proxies: list[Proxy] = []

    def open(self) -> None:
        """Start a server and, apart from it, a runner; sign in."""
        self.start_runner()
        self._open_server("--no-runner")

    def open_whole(self) -> None:
        """Start a server that keeps a runner, as `make run` does; sign in."""
        self._open_server()

    def _open_server(self, *options: str) -> None:
        self.server = self.installation.serve("--signin", *options)
        with closing(self.server.first_sign_in()) as client:
            self.cookies = dict(client.cookies)

    def browse(self) -> httpx2.Client:
        """Return a client that is signed in as the watchers are."""
        url = self.server.url
        headers = {"Origin": url, "Referer": url}
        return httpx2.Client(
            base_url=url,
            cookies=dict(self.cookies),
            headers=headers,
            timeout=PATIENCE_S,
        )

    def restart_server(self) -> None:
        """Start it again where it was."""
        self.server = self.installation.serve("--no-runner", port=self.server.port)

    def start_runner(self) -> Process:
        self.runner = self.installation.start("runagent", "--queue")
        return self.runner

    def go_on_without(self, asleep: Process, session: str) -> None:
        """Have another runner go on, and wait until the one that wakes has noticed."""
        self.start_runner()
        self.sessions.await_rest(session, "interrupted")
        self.sessions.tell(session, Prompt(text="go on"))
        self.sessions.await_status(session, "running")
        asleep.wake()
        until(lambda: f"event=lease_lost session={session}" in asleep.errors())

    def await_burials(self) -> None:
        """Wait until reapers have judged: they have found a session of the dead."""
        session = self.sessions.queue("no runner takes this one", engine="exec")
        holder = replace(Lease.new(), started=2)  # its pid is another process's now
        self.sessions.set(session, status="running", lease=str(holder))
        self.sessions.await_rest(session, "interrupted")

    def proxy(self) -> Proxy:
        proxy = Proxy(self._background, self.server.port)
        self._proxies.append(proxy)
        return proxy

    def watch(self, *sessions: str, url: str = "") -> Watcher:
        watcher = Watcher(
            self._background, url or self.server.websocket_url, self.cookies, *sessions
        )
        self._watchers.append(watcher)
        return watcher

    def stream(self, tokens: int = 300, rate: int = 100) -> str:
        """Queue a session that streams for a while; return when it does."""
        session = self.sessions.queue(STREAM.format(tokens=tokens, rate=rate))
        until(lambda: self.head(session) > 10)
        return session

    def endless(self) -> str:
        """Queue a session that streams until it is stopped; return when it does."""
        return self.stream(tokens=20_000)

    def stop(self, session: str) -> None:
        """Have its runner stop a session, and wait until it has."""
        self.sessions.tell(session, Interrupt())
        self.sessions.await_rest(session, "idle")

    def end(self, session: str) -> None:
        """Have its runner cancel a session, unless it is over, and wait until it is."""
        if self.sessions.status(session) not in AT_REST:
            self.sessions.tell(session, Cancel())
        until(lambda: self.sessions.status(session) in AT_REST)
        until(lambda: not self.sessions.lease(session))

    def extend(self, session: str, *events: Fields) -> None:
        """Append events to the log of a session at rest, past the project's code."""
        head = self.head(session)
        values: list[Any] = []
        for seq, event in enumerate(events, head + 1):
            stamped = {"ts": 1, **event, "sessionId": session, "seq": seq}
            values += [session, seq, event["type"], "", stamped["ts"]]
            values.append(json.dumps(stamped))
        marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(events))
        self.installation.rows(f"{INSERT} {marks} RETURNING seq", *values)
        self.sessions.set(session, head_seq=head + len(events))

    def head(self, session: str) -> int:
        return int(self.sessions.column(session, "head_seq"))

    def grows(self, session: str, by: int = 10, within: float = PATIENCE_S) -> None:
        """Wait until a session's log is longer by some events."""
        wanted = self.head(session) + by
        until(lambda: self.head(session) >= wanted, within)

    def assert_all_saw(self, session: str, within: float = PATIENCE_S) -> None:
        """Every watcher of a session that nobody holds has its log, in order, once."""
        assert not self.sessions.lease(session)
        head = self.head(session)
        watchers = [w for w in self._watchers if session in w.views]
        assert watchers
        until(lambda: all(w.has(session, head) for w in watchers), within)
        log = self.sessions.events(session)
        for watcher in watchers:
            verdict = watcher.view(session).judge(log)
            assert verdict.is_good, verdict

    def cut_database(self) -> None:
        """End all connections of the installation's PostgreSQL database."""
        with psycopg.connect(self.installation.env["DATABASE_URL"]) as connection:
            connection.execute(TERMINATE)

    def leave(self) -> None:
        """End the watchers, so that the next test begins without."""
        for watcher in self._watchers:
            watcher.end()
        for proxy in self._proxies:
            proxy.end()
        self._watchers, self._proxies = [], []
