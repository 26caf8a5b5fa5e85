import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from httpx2 import Response

from tests.servers.process import PATIENCE_S, ROOT, Process
from tests.servers.stack import (
    POSTGRES_URL,
    REDIS_URL,
    Stack,
    server_url,
    with_database,
)

SESSION_COOKIE = "ringside_session"


class Installation:
    """A Ringside of its own: data directory, database, processes, all real."""

    def __init__(self, stack: Stack, directory: Path, template: "Template") -> None:
        self.stack = stack
        self.directory = directory
        self.env = clean_env() | {
            "RINGSIDE_DATA_DIR": str(directory),
            "RINGSIDE_SIMULATE": "1",
            "RINGSIDE_SIMULATOR_RATE": "0",
            "RINGSIDE_OUTPUT": "text",  # though no process of a test has a terminal
            "DATABASE_URL": template.copy_to(directory),
        }
        if stack.redis:
            self.env["REDIS_URL"] = server_url(REDIS_URL)
            self.env["REDIS_PREFIX"] = f"test-{secrets.token_hex(4)}"
        self._processes: list[Process] = []

    def manage(self, *words: str) -> str:
        """Run a management command to its end; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *words: str, **env: str) -> Process:
        """Start a management command."""
        command = ["manage.py", *words]
        return self.adopt(Process(command, self.env | env, self.directory))

    def adopt(self, process: Process) -> Process:
        """End this process with the installation."""
        self._processes.append(process)
        return process

    def serve(self, *options: str, port: int = 0, **env: str) -> "Served":
        """Start `manage.py serve` and wait until it listens."""
        process = self.start("serve", "--port", str(port), *options, **env)
        printed = process.prints("Ringside is at ")
        found = re.search(r"Ringside is at (\S+)", printed)
        assert found is not None
        return Served(process, found[1])

    def sign_in(self, url: str, user: str = "admin") -> httpx2.Client:
        """Sign a user in through a link, as a person does; keep the cookies."""
        link = self.manage("signin", user, "--create", "--base-url", url).strip()
        return follow_link(url, link)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database, past all of the project's own code; `?` for values."""
        url = self.env["DATABASE_URL"]
        if self.stack.postgres:
            with psycopg.connect(url, autocommit=True) as postgres:
                return postgres.execute(query.replace("?", "%s"), values).fetchall()
        path = url.removeprefix("sqlite:///")
        with sqlite3.connect(path, timeout=10) as sqlite:
            rows = sqlite.execute(query, values).fetchall()
        sqlite.close()
        return rows

    def run(self, statement: str) -> None:
        """Have the database do something that returns nothing."""
        url = self.env["DATABASE_URL"]
        if self.stack.postgres:
            with psycopg.connect(url, autocommit=True) as postgres:
                postgres.execute(statement.encode())
            return
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10) as sqlite:
            sqlite.execute(statement)
        sqlite.close()

    def end(self) -> None:
        for process in self._processes:
            process.end()


def follow_link(url: str, link: str) -> httpx2.Client:
    """Sign in through a link; return a client that keeps the cookies."""
    headers = {"Origin": url, "Referer": url}
    client = httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE_S)
    page = client.get(link)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None, page.text
    answer = client.post(link, data={"csrfmiddlewaretoken": token[1]})
    assert answer.status_code == 302, answer.text
    return client


class Served:
    """A running server."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.url = url
        self.port = int(url.rpartition(":")[2])

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """Ask as somebody who has not signed in."""
        return httpx2.get(self.url + path, headers=headers, timeout=PATIENCE_S)

    def first_sign_in(self) -> httpx2.Client:
        """Follow the link that `serve --signin` printed."""
        return follow_link(self.url, self.process.prints("/signin/").split()[-1])


class Template:
    """A migrated, empty database, from which each installation gets its copy."""

    def __init__(self, stack: Stack, directory: Path, postgres: str = "") -> None:
        self._stack = stack
        self._postgres = postgres  # the URL of another server than the usual one
        self._names = [f"ringside_test_{secrets.token_hex(4)}"]
        self._directory = directory
        env = clean_env() | {
            "RINGSIDE_DATA_DIR": str(directory),
            "DATABASE_URL": self._create(),
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env=env,
            check=True,
        )

    def copy_to(self, directory: Path) -> str:
        """Make a copy; return its URL."""
        if not self._stack.postgres:
            shutil.copy(self._directory / "t.sqlite3", directory / "r.sqlite3")
            return f"sqlite:///{directory / 'r.sqlite3'}"
        name = f"{self._names[0]}_{len(self._names)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {self._names[0]}")
        self._names.append(name)
        return with_database(self._server_url(), name)

    def drop(self) -> None:
        for name in reversed(self._names) if self._stack.postgres else ():
            self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _create(self) -> str:
        if not self._stack.postgres:
            return f"sqlite:///{self._directory / 't.sqlite3'}"
        self._admin(f"CREATE DATABASE {self._names[0]}")
        return with_database(self._server_url(), self._names[0])

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self._server_url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _server_url(self) -> str:
        return self._postgres or server_url(POSTGRES_URL)


def clean_env() -> dict[str, str]:
    """The environment without what would change the project's settings."""
    ours = ("RINGSIDE_", "ANTHROPIC_", "DATABASE_", "REDIS_", "DJANGO_")
    # Compiling all imports anew would triple each process's start.
    slow = "PYTHONDONTWRITEBYTECODE"
    left = {k: v for k, v in os.environ.items() if not k.startswith(ours) and k != slow}
    return left | {"RINGSIDE_PLAIN_NAMES": "1"}  # as in a deployment's env file
