"""The key by which push services know this installation (VAPID, RFC 8292)."""

import base64
import secrets

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_KEY_BYTES = 32


def new_vapid_key() -> str:
    """Return a new private key of P-256: a number, in base64url without padding."""
    number = 1 + secrets.randbelow(_ORDER - 1)
    raw = number.to_bytes(_KEY_BYTES, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
