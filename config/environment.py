import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

FLAGS = dict.fromkeys(("true", "on", "ok", "y", "yes", "1"), True) | dict.fromkeys(
    ("false", "off", "n", "no", "0", ""), False
)
DATABASES = ("sqlite://", "postgres://", "postgresql://", "psql://", "pgsql://")
REDIS = ("redis://", "rediss://", "unix://")


class Environment:
    """What is set from outside, checked.

    A value that cannot be is refused by its name, never taken for another. All raise
    ImproperlyConfigured.
    """

    def __init__(self) -> None:
        self._env = environ.Env()

    def text(self, name: str, default: str = "") -> str:
        return str(self._env.str(name, default=default))

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        return list(self._env.list(name, default=list(default)))

    def flag(self, name: str, *, default: bool = False) -> bool:
        said = self.text(name, str(default)).strip().lower()
        if said not in FLAGS:
            raise _wrong(name, said, "on or off")
        return FLAGS[said]

    def number(
        self, name: str, default: float, least: float = 0.0, most: float = math.inf
    ) -> float:
        said = self.text(name) or str(default)
        wanted = f"a number, {least:g} or more"
        wanted += f", {most:g} or less" if math.isfinite(most) else ""
        try:
            number = float(said)
        except ValueError:
            raise _wrong(name, said, wanted) from None
        if not math.isfinite(number) or not least <= number <= most:
            raise _wrong(name, said, wanted)
        return number

    def one_of(self, name: str, *choices: str) -> str:
        """Read one of several words, in any case; the first unless it is set."""
        said = self.text(name) or choices[0]
        by_lower = {choice.lower(): choice for choice in choices}
        if said.lower() not in by_lower:
            raise _wrong(name, said, f"one of {', '.join(choices)}")
        return by_lower[said.lower()]

    def command(self, name: str) -> list[str]:
        """Read words as a shell does."""
        said = self.text(name)
        try:
            return shlex.split(said)
        except ValueError as error:
            raise _wrong(name, said, f"a command: {error}") from None

    def directories(self, name: str) -> list[str]:
        said = self.names(name)
        for path in said:
            if not Path(path).is_absolute():
                raise _wrong(name, path, "whole paths, each beginning with /")
        return said

    def time_zone(self, name: str) -> str:
        said = self.text(name) or "UTC"
        try:
            ZoneInfo(said)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _wrong(name, said, "a time zone, such as Europe/Berlin") from None
        return said

    def redis(self, name: str) -> str:
        said = self.text(name)
        if said and not said.startswith(REDIS):  # not quoted: it may hold a password
            raise ImproperlyConfigured(f"{name}: expected redis://host:port/number")
        return said

    def database(self, name: str, default: str) -> dict[str, Any]:
        # Not quoted: it may hold a password.
        wanted = f"{name}: expected postgres://user@host/name or sqlite:///path"
        if not (self.text(name) or default).startswith(DATABASES):
            raise ImproperlyConfigured(wanted)
        try:
            said: dict[str, Any] = self._env.db_url(name, default=default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{wanted} ({error})") from None
        return said


def _wrong(name: str, said: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={said!r}: expected {wanted}")
