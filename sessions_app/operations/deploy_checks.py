from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

# The placeholders of docs/deploy/env.example, which a deployment must replace.
EXAMPLE_PASSWORD = "PASSWORD"  # noqa: S105
CONFIGURATION = "configuration"  # the tag of checks that every command runs
EXAMPLE_HOST = "ringside.example.com"


@register(deploy=True)
def check_deployment(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Report settings left as in the example, and settings that contradict others."""
    return [*_secret_key(), *_database(), *_proxy()]


@register(CONFIGURATION)
def check_names(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Report variables with plain names that are set but not read as Ringside's."""
    return [
        Warning(
            f"{name} is set and not read: it may be another project's.",
            hint=f"If it is Ringside's, name it RINGSIDE_{name}, or set "
            "RINGSIDE_PLAIN_NAMES=1; if not, RINGSIDE_PLAIN_NAMES=0 ends this warning.",
            id="ringside.W005",
        )
        for name in settings.IGNORED_NAMES
    ]


def _secret_key() -> Iterator[CheckMessage]:
    """On SQLite all processes share the data directory, and so the key stored there."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite"):
        return
    try:
        generated = settings.SECRET_KEY_FILE.read_text().strip()
    except OSError:
        return
    if generated == settings.SECRET_KEY:
        yield Error(
            "SECRET_KEY is not set, so each data directory has a key of its own: "
            "people are signed out whenever another machine answers.",
            hint="Set the same SECRET_KEY on every machine.",
            id="ringside.E001",
        )


def _database() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"].get("PASSWORD") == EXAMPLE_PASSWORD:
        yield Error(
            f"DATABASE_URL has the password of the example, {EXAMPLE_PASSWORD}.",
            hint="Give the database's user a password of its own.",
            id="ringside.E002",
        )


def _proxy() -> Iterator[CheckMessage]:
    if EXAMPLE_HOST in settings.ALLOWED_HOSTS:
        yield Warning(
            f"ALLOWED_HOSTS names the example, {EXAMPLE_HOST}.",
            hint="Name the host by which people reach the pages.",
            id="ringside.W003",
        )
    if settings.HTTPS and not settings.BEHIND_PROXY:
        yield Warning(
            "HTTPS is on and BEHIND_PROXY is off: Ringside speaks plain HTTP, so every "
            "page would lead to itself for ever.",
            hint="Put a TLS proxy in front (docs/deploy.md), and set BEHIND_PROXY=1.",
            id="ringside.W004",
        )
