import asyncio
from collections.abc import Mapping
from contextlib import suppress

import httpx2
from django.conf import settings

from sessions_app.webhooks.address import Lookup, checked_address, system_lookup
from sessions_app.webhooks.target import BadTarget, check_url

PORTS = {"http": 80, "https": 443}


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    lookup: Lookup = system_lookup,
) -> int:
    """Post a body to a receiver; return the HTTP status of its answer.

    The name is looked up once, and the connection goes to the address that was
    checked; TLS and the Host header are the name's. No redirect is followed, no proxy
    of the environment asked. Raises BadTarget, and TimeoutError after
    WEBHOOK_SEND_MAX_S.
    """
    try:
        async with asyncio.timeout(settings.WEBHOOK_SEND_MAX_S):
            return await _post(url, body, headers, lookup)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise BadTarget(f"{type(error).__name__}: {error}") from None


async def _post(
    url: str, body: bytes, headers: Mapping[str, str], lookup: Lookup
) -> int:
    host = check_url(url)
    whole = httpx2.URL(url)
    port = whole.port or PORTS[whole.scheme]
    is_plain = whole.scheme == "http"
    address = await checked_address(host, port, lookup, is_plain=is_plain)
    named = {
        "Host": whole.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": "Ringside",
    }
    limits = httpx2.Timeout(
        settings.WEBHOOK_SEND_MAX_S, connect=settings.WEBHOOK_CONNECT_MAX_S
    )
    async with (
        httpx2.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=limits
        ) as client,
        client.stream(
            "POST",
            whole.copy_with(host=address),
            content=body,
            headers=named | dict(headers),
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        # Receivers may be cross if nobody takes what they say; no more than this is.
        left = settings.WEBHOOK_ANSWER_MAX_BYTES
        with suppress(httpx2.HTTPError):
            async for piece in answer.aiter_raw():
                left -= len(piece)
                if left <= 0:
                    break
        return answer.status_code
