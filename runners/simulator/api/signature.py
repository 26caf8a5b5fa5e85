import base64
import hashlib
import hmac

# Not a secret: every process that verifies a signature needs it, even after a restart.
_KEY = b"ringside simulator"


def sign(thinking: str) -> str:
    """Sign a thinking block's text."""
    digest = hmac.digest(_KEY, thinking.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def signed(thinking: str, signature: str) -> bool:
    """Whether a signature was issued for exactly this text."""
    return hmac.compare_digest(sign(thinking).encode(), signature.encode())
