from collections.abc import AsyncIterator, Iterator
from threading import BoundedSemaphore

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from sessions_app.api.errors import ApiError, find
from sessions_app.history.export.formats import FORMATS
from sessions_app.log.database.request_connection import give_back
from sessions_app.models import AgentSession
from sessions_app.people.visitor import person_of


@require_safe
async def session_export(
    request: HttpRequest, session_id: str, form: str
) -> HttpResponseBase:
    """Stream a session tree as one file, one page of events at a time."""
    export, content_type = FORMATS[form]
    try:
        session = await sync_to_async(_session)(request, session_id)
    except ApiError as error:
        return JsonResponse({"error": error.text}, status=error.status)
    return StreamingHttpResponse(
        parts(export(session)),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{session.pk}.{form}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _session(request: HttpRequest, session_id: str) -> AgentSession:
    return find(person_of(request), session_id)


# Limits how many of the running exports read the database at the same time.
_steps = BoundedSemaphore(settings.HTTP_STREAM_STEPS_MAX)


async def parts(made: Iterator[str]) -> AsyncIterator[str]:
    """Yield the parts of an export, each made on a thread when it is needed."""
    following = sync_to_async(_next)
    while (part := await following(made)) is not None:
        yield part


def _next(parts: Iterator[str]) -> str | None:
    """Make the next part, then return the database connection to the pool.

    A slow client must not keep the connection while it receives the part.
    """
    with _steps:
        try:
            return next(parts, None)
        finally:
            give_back()
