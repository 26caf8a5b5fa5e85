import base64
import secrets
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from sessions_app.masking.vault import seal, unseal
from sessions_app.models import WebhookEndpoint

PREFIX = "whsec_"
KEY_BYTES = 24
VAULT = "webhook endpoints"  # the vault's key, where logs have their session's id


class BadTarget(Exception):
    """Nothing can be sent there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A receiver: its URL, and the secret that messages to it are signed with."""

    url: str
    secret: str

    @classmethod
    def new(cls, url: str) -> Self:
        """Make a target with a new secret. Raises BadTarget."""
        check_url(url)
        key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        return cls(url, PREFIX + key)

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self | None:
        """Decrypt an endpoint's; None: another SECRET_KEY has encrypted it."""
        data = unseal(VAULT, bytes(endpoint.sealed))
        return None if data is None else cls(*msgspec.json.decode(data))

    def sealed(self) -> bytes:
        return seal(VAULT, msgspec.json.encode([self.url, self.secret]))

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.secret.removeprefix(PREFIX))


def check_url(url: str) -> str:
    """Return a URL's host. Raises BadTarget."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadTarget("url: this is no URL.") from None
    if parts.scheme not in {"https", "http"} or not host or not url.isascii():
        raise BadTarget("url: expected https://…, in ASCII.")
    if parts.username is not None or any(c.isspace() for c in url):
        raise BadTarget("url: leave out user names, passwords and blanks.")
    if len(url) > settings.WEBHOOK_URL_MAX_CHARS:
        raise BadTarget(f"url: {settings.WEBHOOK_URL_MAX_CHARS} characters at most.")
    return host
