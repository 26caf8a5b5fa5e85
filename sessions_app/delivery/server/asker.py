from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from django.conf import settings

from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.server.slots import Limits


def asker_of(scope: Message) -> Limits:
    """Say who asks, by address and by session, and how many requests each may have.

    A session is not looked up here: whoever makes many up has one address all the same.
    """
    sent: dict[bytes, bytes] = dict(scope["headers"])
    limits = {f"address {address_of(scope)}": settings.HTTP_REQUESTS_OF_ADDRESS_MAX}
    if session := session_key(sent.get(b"cookie", b"")):
        limits[f"session {session}"] = settings.HTTP_REQUESTS_OF_PERSON_MAX
    return limits


def address_of(scope: Message) -> str:
    """Name the address a request comes from; behind a proxy it is what that says."""
    text: str = (scope.get("client") or [""])[0]
    if settings.BEHIND_PROXY:
        values = [v for k, v in scope["headers"] if k == b"x-forwarded-for"]
        last = b"".join(values[-1:]).rpartition(b",")[2].strip()
        text = last.decode("latin-1") or text
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def session_key(cookies: bytes) -> str:
    """Return the session that a Cookie header names; "" where it names none."""
    try:
        found = SimpleCookie(cookies.decode("latin-1")).get(
            settings.SESSION_COOKIE_NAME
        )
    except CookieError:
        return ""
    return found.value if found else ""
