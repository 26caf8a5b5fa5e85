import base64
import binascii
from dataclasses import dataclass
from typing import Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
)

from sessions_app.masking.vault import seal, unseal
from sessions_app.models import WebhookEndpoint
from sessions_app.webhooks.target import VAULT, BadTarget, check_url

AUTH_BYTES = 16


@dataclass(frozen=True, slots=True)
class PushTarget:
    """A browser's subscription: a push service's URL, and the browser's two keys.

    `p256dh` is a point of P-256, `auth` a secret; both in base64url (RFC 8291).
    """

    url: str
    p256dh: str
    auth: str

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self | None:
        """Decrypt a browser's; None: another SECRET_KEY has encrypted it."""
        data = unseal(VAULT, bytes(endpoint.sealed))
        return None if data is None else cls(*msgspec.json.decode(data))

    def sealed(self) -> bytes:
        return seal(VAULT, msgspec.json.encode([self.url, self.p256dh, self.auth]))

    def check(self) -> str:
        """Return the service's host. Raises BadTarget."""
        host = check_url(self.url)
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _raw(self.p256dh))
            is_secret = len(_raw(self.auth)) == AUTH_BYTES
        except (ValueError, binascii.Error):
            raise BadTarget("keys: these are no keys of a browser.") from None
        if not is_secret:
            raise BadTarget(f"keys.auth: expected {AUTH_BYTES} bytes in base64url.")
        return host


def _raw(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)
