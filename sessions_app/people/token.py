import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    # A token has 256 random bits: it needs no salt and no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
