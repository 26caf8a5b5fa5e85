import base64
import os
import secrets
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02, VapidException

from sessions_app.people.public_url import public_url
from sessions_app.webhooks.push.private_key import new_vapid_key
from sessions_app.webhooks.target import BadTarget


class KeyIsSet(Exception):
    """The environment sets the key, so no file is read."""


def public_key() -> str:
    """Return the key that browsers subscribe with, in base64url without padding."""
    form = PublicFormat.UncompressedPoint
    point = _key().public_key.public_bytes(Encoding.X962, form)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def vapid_headers(url: str) -> dict[str, str]:
    """Return the headers by which a push service knows who sends (RFC 8292).

    Raises BadTarget where the service's address, or VAPID_CONTACT, fits no header.
    """
    parts = urlsplit(url)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": _contact()}
    try:
        signed = _key().sign(claims)
    except VapidException as error:
        raise BadTarget(f"VAPID: {error}") from None
    return {str(k): str(v) for k, v in signed.items()}


def rotate_key() -> None:
    """Put another key in the place of the file's; read from now on. Raises KeyIsSet."""
    if settings.VAPID_PRIVATE_KEY:
        raise KeyIsSet
    path = settings.VAPID_KEY_FILE
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(new_vapid_key())
    draft.replace(path)


def _key() -> Vapid02:
    text = settings.VAPID_PRIVATE_KEY or settings.VAPID_KEY_FILE.read_text().strip()
    key: Vapid02 = Vapid02.from_raw(text.encode())
    return key


def _contact() -> str:
    """Return where a push service's keepers may complain; they want one of the two."""
    if settings.PUSH_CONTACT:
        return str(settings.PUSH_CONTACT)
    parts = urlsplit(public_url())
    host = parts.hostname or ""
    # The library takes a host with a dot, without a port.
    is_known = parts.scheme == "https" and "." in host
    return f"https://{host}" if is_known else f"mailto:{settings.DEFAULT_FROM_EMAIL}"
