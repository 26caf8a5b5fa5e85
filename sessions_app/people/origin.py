import logging
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.http import is_same_domain

logger = logging.getLogger(__name__)
DEFAULT_PORTS = {"http": 80, "https": 443}
HTTP_SCHEMES = {"ws": "http", "wss": "https", "https": "https"}

# A web origin: scheme, host, port.
Origin = tuple[str, str, int]


def is_own_origin(header: str | None, own: str, trusted: Iterable[str] = ()) -> bool:
    """Return whether an Origin header names `own`, or one of `trusted`.

    All are written `scheme://host[:port]`; a trusted host may begin with `*.`, as in
    CSRF_TRUSTED_ORIGINS. A missing header is refused: browsers always send one.
    """
    origin = _parse(header or "")
    if origin is None:
        return False
    return origin == _parse(own) or any(_covers(one, origin) for one in trusted)


class SameOrigin:
    """Refuses WebSockets that were opened by pages of other origins.

    Browsers send cookies regardless of the port, and let cross-site scripts open
    WebSockets, so a cookie alone does not prove that Ringside's page sent the request.
    The request is interpreted as in Django's CSRF check: ALLOWED_HOSTS,
    SECURE_PROXY_SSL_HEADER and USE_X_FORWARDED_HOST apply here too.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if _is_allowed(scope):
            await self.application(scope, receive, send)
        else:
            await receive()  # websocket.connect
            await send({"type": "websocket.close"})  # before accepting: HTTP 403


def is_programs_or_own(scope: dict[str, Any]) -> bool:
    """Return whether an HTTP request comes from a program, or from our own pages.

    Programs send no Origin. A page of another site sends its own; one whose name was
    pointed at this machine (DNS rebinding) has a Host that ALLOWED_HOSTS lacks.
    """
    return _is_allowed(scope, "mcp", needs_origin=False)


def _is_allowed(
    scope: dict[str, Any], door: str = "websocket", *, needs_origin: bool = True
) -> bool:
    scheme = HTTP_SCHEMES.get(scope.get("scheme", "ws"), "http")
    as_http = {**scope, "type": "http", "method": "GET", "scheme": scheme}
    request = ASGIRequest(as_http, BytesIO())
    header = request.headers.get("Origin")
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost as error:
        logger.warning("event=%s_refused reason=%r", door, str(error))
        return False
    if header is None and not needs_origin:
        return True
    if is_own_origin(header, own, settings.CSRF_TRUSTED_ORIGINS):
        return True
    logger.warning("event=%s_refused origin=%r own=%r", door, header, own)
    return False


def _parse(text: str) -> Origin | None:
    try:
        parts = urlsplit(text)
        port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
    whole = f"{parts.scheme}://{parts.netloc}"
    if not parts.hostname or not port or "@" in whole or text.lower() != whole.lower():
        return None
    return parts.scheme, parts.hostname, port


def _covers(trusted: str, origin: Origin) -> bool:
    pattern = _parse(trusted)
    if pattern is None:
        return False
    scheme, host, port = pattern
    same_server = (scheme, port) == (origin[0], origin[2])
    return same_server and is_same_domain(origin[1], host.removeprefix("*"))
