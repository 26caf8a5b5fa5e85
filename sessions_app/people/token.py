import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    # A token has 256 random bits, so the hash needs no salt and may be fast.
    return hashlib.sha256(token.encode()).hexdigest()
