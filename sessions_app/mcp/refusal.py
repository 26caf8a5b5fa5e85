from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings

INVALID_REQUEST = -32600
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


async def refuse(send: Any, status: HTTPStatus, text: str, *, allow: str = "") -> None:
    """Answer a request with an error: JSON-RPC's form, for clients that show it."""
    error = {"code": INVALID_REQUEST, "message": text}
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": None, "error": error})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if allow:
        headers.append((b"allow", allow.encode()))
    if status in BUSY:
        headers.append((b"retry-after", str(settings.RETRY_AFTER_S).encode()))
    start = {"type": "http.response.start", "status": int(status), "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
