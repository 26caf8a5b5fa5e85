import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from sessions_app.delivery.server.unavailable import headers, unavailable_for
from sessions_app.log.database.errors import DATABASE_UNAVAILABLE
from sessions_app.log.database.repeated_warning import RepeatedWarning

logger = logging.getLogger(__name__)
_failures = RepeatedWarning(logger, "page_without_database")


class DatabaseUnavailable:
    """Responds 503 with Retry-After if a view finds the database unavailable."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if isinstance(error, DATABASE_UNAVAILABLE):
            return _answer(request, error)
        return None


def failed(request: HttpRequest) -> HttpResponse:
    """Handle error 500; a middleware may also have found the database unavailable."""
    error = sys.exception()
    if isinstance(error, DATABASE_UNAVAILABLE):
        return _answer(request, error)
    return server_error(request)


def _answer(request: HttpRequest, error: Exception) -> HttpResponse:
    _failures.note(error)
    what = unavailable_for(error)
    content_type, body = what.body(request.headers.get("Accept", ""))
    answer = HttpResponse(body, status=what.status, headers=headers(content_type, body))
    # Django's handler would write a line of its own for each such answer.
    setattr(answer, "_has_been_logged", True)  # noqa: B010 no attribute of its type
    return answer
