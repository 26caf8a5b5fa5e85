"""Encryption of what the log may not say, with a key that is not in the database."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEYS_KEPT = 256  # sessions whose derived keys are cached


def seal(session_id: str, data: bytes) -> bytes:
    """Encrypt data with the session's key."""
    return _key(session_id).encrypt(data)


def unseal(session_id: str, data: bytes) -> bytes | None:
    """Decrypt data; None if another session or SECRET_KEY sealed it."""
    try:
        return _key(session_id).decrypt(data)
    except InvalidToken:
        return None


@lru_cache(KEYS_KEPT)
def _key(session_id: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_derived(str(secret), session_id) for secret in secrets])


def _derived(secret: str, session_id: str) -> Fernet:
    derivation = HKDF(
        algorithm=SHA256(),
        length=32,
        salt=b"ringside masked originals",
        info=session_id.encode(),
    )
    return Fernet(base64.urlsafe_b64encode(derivation.derive(secret.encode())))
