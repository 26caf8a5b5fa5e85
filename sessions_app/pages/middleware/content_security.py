from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Django's admin does not work with Trusted Types.
ADMIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; worker-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE = (
    f"{ADMIN}; frame-src 'self'; require-trusted-types-for 'script'; "
    "trusted-types ringside ringside-text"
)
# The frame that draws diagrams: an opaque origin, without cookies and without network.
# The library that draws has inline styles, which harm nobody there.
DIAGRAM_FRAME = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
# Django's debug pages contain inline styles and scripts.
DEBUG_STATUSES = frozenset({404, 500})

Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def content_security(answer: Answer) -> Answer:
    """Middleware that adds a Content-Security-Policy header to every response."""

    async def later(request: HttpRequest) -> HttpResponseBase:
        return _with_policy(
            request, await cast(Awaitable[HttpResponseBase], answer(request))
        )

    def now(request: HttpRequest) -> HttpResponseBase:
        return _with_policy(request, cast(HttpResponseBase, answer(request)))

    return later if iscoroutinefunction(answer) else now


def _with_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not (settings.DEBUG and response.status_code in DEBUG_STATUSES):
        response.headers.setdefault("Content-Security-Policy", _policy(request))
    return response


def _policy(request: HttpRequest) -> str:
    match = request.resolver_match
    return ADMIN if match and "admin" in match.app_names else PAGE
