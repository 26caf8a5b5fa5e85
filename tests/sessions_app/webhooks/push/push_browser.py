"""What a browser keeps of its subscription, and a push service that takes messages."""

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sessions_app.webhooks.push.vapid import public_key
from tests.sessions_app.webhooks.receiver import Taken

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
UNAUTHORIZED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class PushBrowser:
    """A browser: its keys, and what it can read of what a push service was sent."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, url: str) -> dict[str, Any]:
        """What its PushSubscription writes as JSON."""
        form = PublicFormat.UncompressedPoint
        point = self.key.public_key().public_bytes(Encoding.X962, form)
        keys = {"p256dh": base64url(point), "auth": base64url(self.auth)}
        return {"endpoint": url, "keys": keys, "expirationTime": None}

    def read(self, taken: Taken) -> dict[str, Any]:
        """Decrypt a message with the subscription's own keys."""
        clear = http_ece.decrypt(
            taken.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        told: dict[str, Any] = json.loads(clear)
        return told


def judged(taken: Taken) -> bytes:
    """Answer as a push service does, which RFC 8030, 8188 and 8292 describe."""
    headers = taken.headers
    is_whole = headers.get("content-encoding") == "aes128gcm" and len(taken.body) < 4096
    is_timed = headers.get("ttl", "").isdigit() and len(headers["topic"]) <= 32
    is_known = is_signed(headers.get("authorization", ""), headers["host"])
    return CREATED if is_whole and is_timed and is_known else UNAUTHORIZED


def is_signed(authorization: str, host: str) -> bool:
    """Whether the key that browsers subscribed with has signed for this service."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    claims = json.loads(raw(signed.split(".")[1]))
    curve = ec.SECP256R1()
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, raw(public_key()))
    both = raw(signature)
    half = len(both) // 2
    numbers = (int.from_bytes(both[:half]), int.from_bytes(both[half:]))
    proof = encode_dss_signature(*numbers)
    key.verify(proof, signed.encode(), ec.ECDSA(hashes.SHA256()))
    is_ours = scheme == "vapid" and parts["k"] == public_key()
    is_for_it = claims["aud"] == f"http://{host}"
    return is_ours and is_for_it and claims["sub"].startswith(("mailto:", "https:"))
