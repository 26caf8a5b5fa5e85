import base64
import hashlib
import hmac

# No secret: whichever process verifies a signature must know it, also after a restart.
_KEY = b"ringside simulator"


def sign(thinking: str) -> str:
    """Sign a thinking block's text."""
    digest = hmac.digest(_KEY, thinking.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def signed(thinking: str, signature: str) -> bool:
    """Say whether a signature was issued for exactly this text."""
    return hmac.compare_digest(sign(thinking).encode(), signature.encode())
