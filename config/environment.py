import math
import os
import shlex
from collections.abc import Mapping, Sequence
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

from sessions_app.agents.agents_file import BadAgentsFile, read_agents
from sessions_app.agents.entry import AgentEntry
from sessions_app.protocol.engine_kind import EngineKind

FLAGS = dict.fromkeys(("true", "on", "ok", "y", "yes", "1"), True) | dict.fromkeys(
    ("false", "off", "n", "no", "0"), False
)
PREFIX = "RINGSIDE_"
# Prefixes of variables whose names are read unchanged: Ringside's and the Claude API's.
OWN = (PREFIX, "ANTHROPIC_")
PLAIN_NAMES = "RINGSIDE_PLAIN_NAMES"
# Plain names that other projects use too; `ignored` reports them when they are set.
WEIGHTY = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
DATABASES = ("sqlite://", "postgres://", "postgresql://", "psql://", "pgsql://")
REDIS = ("redis://", "rediss://", "unix://")


class Environment:
    """Reads and validates environment variables.

    DATABASE_URL and the like are read as RINGSIDE_DATABASE_URL, because the plain name
    may belong to another project. If RINGSIDE_PLAIN_NAMES is on, as in a deployment's
    env file, the plain name is read too. An empty variable counts as unset. An invalid
    value is an error that names the variable; it never falls back to a default. All
    methods raise ImproperlyConfigured.
    """

    @property
    def has_plain_names(self) -> bool:
        return self.flag(PLAIN_NAMES)

    def ignored(self) -> list[str]:
        """Return plain names that are set, but not read as PLAIN_NAMES is unset."""
        if self.text(PLAIN_NAMES):
            return []
        return [
            n for n in WEIGHTY if os.environ.get(n, "").strip() and not self.text(n)
        ]

    def text(self, name: str, default: str = "") -> str:
        return os.environ[self._name(name)] if self._is_set(name) else default

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        if not self._is_set(name):
            return list(default)
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name, str(default)).strip().lower()
        if text not in FLAGS:
            raise _wrong(self._name(name), text, "on or off")
        return FLAGS[text]

    def _is_set(self, name: str) -> bool:
        return bool(os.environ.get(self._name(name), "").strip())

    def _name(self, name: str) -> str:
        """Return the name of the variable that is read for a setting."""
        if name.startswith(OWN):
            return name
        own = f"{PREFIX}{name}"
        is_plain = not os.environ.get(own, "").strip() and self.has_plain_names
        return name if is_plain else own

    def number(
        self, name: str, default: float, least: float = 0.0, most: float = math.inf
    ) -> float:
        text = self.text(name) or str(default)
        wanted = f"a number, {least:g} or more"
        wanted += f", {most:g} or less" if math.isfinite(most) else ""
        try:
            number = float(text)
        except ValueError:
            raise _wrong(self._name(name), text, wanted) from None
        if not math.isfinite(number) or not least <= number <= most:
            raise _wrong(self._name(name), text, wanted)
        return number

    def one_of(self, name: str, *choices: str) -> str:
        """Read one of several words, ignoring case; the default is the first."""
        text = self.text(name) or choices[0]
        by_lower = {choice.lower(): choice for choice in choices}
        if text.lower() not in by_lower:
            raise _wrong(self._name(name), text, f"one of {', '.join(choices)}")
        return by_lower[text.lower()]

    def command(self, name: str) -> list[str]:
        """Read a command line, split into words as a shell does."""
        text = self.text(name)
        try:
            return shlex.split(text)
        except ValueError as error:
            raise _wrong(self._name(name), text, f"a command: {error}") from None

    def directories(self, name: str) -> list[str]:
        paths = self.names(name)
        for path in paths:
            if not Path(path).is_absolute():
                raise _wrong(
                    self._name(name), path, "whole paths, each beginning with /"
                )
        return paths

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Read addresses and networks, separated by commas."""
        try:
            return [ip_network(text) for text in self.names(name)]
        except ValueError as error:
            raise _wrong(
                self._name(name), str(error), "addresses or networks"
            ) from None

    def time_zone(self, name: str) -> str:
        text = self.text(name) or "UTC"
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _wrong(
                self._name(name), text, "a time zone, such as Europe/Berlin"
            ) from None
        return text

    def engine_kinds(self, name: str) -> list[EngineKind]:
        """Read dotted paths of EngineKind values, separated by commas."""
        return [self._engine_kind(name, path) for path in self.names(name)]

    def _engine_kind(self, name: str, path: str) -> EngineKind:
        module, _, attribute = path.rpartition(".")
        try:
            kind = getattr(import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise _wrong(name, path, f"dotted paths of EngineKind: {error}") from None
        if not isinstance(kind, EngineKind):
            raise _wrong(name, path, "dotted paths of EngineKind")
        return kind

    def agents(self, name: str, default: Path) -> Mapping[str, AgentEntry]:
        """Read the file that names the agents; a missing default file names none."""
        path = Path(self.text(name, str(default)))
        if path != default and not path.is_file():
            raise _wrong(self._name(name), str(path), "the path of an agents.toml")
        try:
            return read_agents(path)
        except BadAgentsFile as error:
            raise ImproperlyConfigured(str(error)) from None

    def redis(self, name: str) -> str:
        text = self.text(name)
        if text and not _is_redis(text):  # not quoted: it may hold a password
            raise ImproperlyConfigured(
                f"{self._name(name)}: expected redis://host:port/number"
            )
        return text

    def database(self, name: str, default: str) -> dict[str, Any]:
        # Not quoted: it may hold a password.
        wanted = (
            f"{self._name(name)}: expected postgres://user@host/name or sqlite:///path"
        )
        text = self.text(name, default)
        if not text.startswith(DATABASES):
            raise ImproperlyConfigured(wanted)
        try:
            found: dict[str, Any] = environ.Env.db_url_config(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{wanted} ({error})") from None
        if not found["NAME"] and "service" not in found.get("OPTIONS", {}):
            raise ImproperlyConfigured(f"{wanted} (it names no database)")
        return found


def _is_redis(url: str) -> bool:
    """Return whether a Redis URL has a host or a socket path, and a valid database."""
    try:
        parts = urlsplit(url)
        port = parts.port  # raises ValueError
    except ValueError:
        return False
    if not url.startswith(REDIS):
        return False
    if parts.scheme == "unix":
        return len(parts.path) > 1
    number = parts.path.strip("/")
    return bool(parts.hostname) and port != 0 and (not number or number.isdecimal())


def _wrong(name: str, text: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={text!r}: expected {wanted}")
