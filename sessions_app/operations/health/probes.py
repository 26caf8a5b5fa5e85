import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.operations.health.own_host import is_own_host
from sessions_app.operations.health.readiness import Readiness

Application = Callable[[Any, Any, Any], Awaitable[None]]
Answer = tuple[int, str, bytes]  # status, content type, body
TEXT = "text/plain; charset=utf-8"


class Probes:
    """Answers /healthz, /readyz and /metrics before Django does.

    The answer comes from the event loop itself, so it shows that the loop runs. Probes
    need no sign-in and accept any Host, because monitoring asks by address.
    """

    def __init__(self, application: Application, readiness: Readiness) -> None:
        self._application = application
        self._readiness = readiness

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        match scope["path"]:
            case "/healthz":
                answer = 200, TEXT, b"ok\n"
            case "/readyz":
                answer = await self._ready()
            case "/metrics":
                answer = _metrics(scope)
            case _:
                await self._application(scope, receive, send)
                return
        if scope["method"] not in {"GET", "HEAD"}:
            answer = 405, TEXT, b"GET only\n"
        await _send(send, answer, has_body=scope["method"] != "HEAD")

    async def _ready(self) -> Answer:
        report = await self._readiness.report()
        is_ready = not report.lacks
        body = json.dumps({"ready": is_ready} | asdict(report)).encode() + b"\n"
        return 200 if is_ready else 503, "application/json", body


def _metrics(scope: Message) -> Answer:
    if not _may_measure(scope):
        return 403, TEXT, b"Send the bearer token, or ask from this machine.\n"
    return 200, CONTENT_TYPE_LATEST, generate_latest()


def _may_measure(scope: Message) -> bool:
    """Allow a scrape with the token; without a token, a direct one from this machine.

    A proxy's request is refused, and so is one of a browser on this machine whose page
    has another name (DNS rebinding): its Host header is the page's.
    """
    headers = dict(scope["headers"])
    if token := settings.RINGSIDE_METRICS_TOKEN:
        given = headers.get(b"authorization", b"")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    if b"x-forwarded-for" in headers or b"forwarded" in headers:
        return False
    if not is_own_host(headers.get(b"host", b"").decode("latin-1")):
        return False
    try:
        return ip_address((scope.get("client") or [""])[0]).is_loopback
    except ValueError:
        return False


async def _send(send: Send, answer: Answer, *, has_body: bool) -> None:
    status, content_type, body = answer
    headers = {
        "content-type": content_type,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if status == 503:
        headers["retry-after"] = str(settings.RETRY_AFTER_S)
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body if has_body else b""})
