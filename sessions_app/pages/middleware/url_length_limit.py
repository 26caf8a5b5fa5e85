from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def url_length_limit(answer: Answer) -> Answer:
    """Middleware that refuses URLs longer than ADDRESS_MAX_CHARS.

    Some requests are answered by a redirect that quotes their URL. If the headers of
    such a response are too large for a proxy, the proxy takes the server for broken
    and stops using it.
    """

    async def later(request: HttpRequest) -> HttpResponseBase:
        if _is_too_long(request):
            return _refusal()
        return await cast(Awaitable[HttpResponseBase], answer(request))

    def now(request: HttpRequest) -> HttpResponseBase:
        if _is_too_long(request):
            return _refusal()
        return cast(HttpResponseBase, answer(request))

    return later if iscoroutinefunction(answer) else now


def _is_too_long(request: HttpRequest) -> bool:
    return len(request.get_full_path()) > settings.ADDRESS_MAX_CHARS


def _refusal() -> HttpResponse:
    return HttpResponse(
        f"A URL may have at most {settings.ADDRESS_MAX_CHARS} characters.\n",
        status=414,
        content_type="text/plain; charset=utf-8",
    )
