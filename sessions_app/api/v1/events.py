from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router

from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.lookup import find_session
from sessions_app.api.v1.problems import Problem
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import EventPage, OutputId, SessionId
from sessions_app.log.page import read_before, read_page
from sessions_app.outputs.page import read_output
from sessions_app.people.api_tokens import Scope

SEQ_MAX = 2**53 - 1
STREAM = "text/event-stream"
OFFSET_MAX = 2**31 - 2
router = Router(tags=["events"])


# What streams is `WholeLogDoor`; who does not accept a stream comes here.
LIVE: dict[str, Any] = {
    "responses": {200: {"content": {STREAM: {"schema": {"type": "string"}}}}}
}


@router.get("/events", response=answers(None, 406), openapi_extra=LIVE)
def stream_events(
    request: CallerRequest,
    after: Annotated[
        int | None, Query(ge=0, le=SEQ_MAX, description="events after this place")
    ] = None,
) -> HttpResponse:
    """Stream the events of all sessions that you may see, live, from now on.

    Send `Accept: text/event-stream`; `Last-Event-ID` resumes. See docs/api.md.
    """
    require(request, Scope.READ)
    raise Problem(406, f"This is a stream: send the header Accept: {STREAM}")


@router.get("/sessions/{session_id}/events", response=answers(EventPage, 404))
def list_events(
    request: CallerRequest,
    session_id: SessionId,
    after: Annotated[
        int, Query(ge=0, le=SEQ_MAX, description="events after this seq")
    ] = 0,
    before: Annotated[
        int | None, Query(ge=1, le=SEQ_MAX, description="or the last ones before it")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=settings.PAGE_MAX_ROWS)] = (
        settings.PAGE_MAX_ROWS
    ),
) -> HttpResponse:
    """Get a page of a session's events, in seq order.

    With `Accept: text/event-stream` the same address streams them live, with
    `id: epoch.seq`, and resumes after `Last-Event-ID`; see docs/api.md.
    """
    session = find_session(require(request, Scope.READ), session_id)
    if before is None:
        batch = read_page(session.pk, after, limit).batch
    else:
        batch = read_before(session.pk, before, limit).batch
    # The page was read after the session, so it may be ahead of `session.head_seq`.
    head = max(session.head_seq, batch.up_to if batch.count else 0)
    # The events are stored as JSON: they are sent as they are, not decoded.
    return HttpResponse(
        f'{{"session":"{session.pk}","epoch":"{session.epoch}","after":{batch.after},'
        f'"up_to":{batch.up_to},"head":{head},"events":[{batch.body or ""}]}}',
        content_type="application/json",
    )


# The answer is text, which ninja cannot describe.
OUTPUT: dict[str, Any] = {
    "responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
}


@router.get(
    "/sessions/{session_id}/outputs/{output_id}",
    response=answers(None, 404),
    openapi_extra=OUTPUT,
)
def get_output(
    request: CallerRequest,
    session_id: SessionId,
    output_id: OutputId,
    offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=settings.OUTPUT_PAGE_MAX_BYTES)] = (
        settings.OUTPUT_PAGE_MAX_BYTES
    ),
) -> HttpResponse:
    """Get a page of a tool's whole output as text; offsets are bytes of UTF-8.

    `X-Output-Next` is the next page's offset, absent at the end.
    """
    session = find_session(require(request, Scope.READ), session_id)
    page = read_output(session.pk, output_id, offset, limit)
    if page is None:
        raise Problem(404, "There is no such output.")
    response = HttpResponse(page.data, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'attachment; filename="{output_id}.txt"'
    response["X-Output-Total"] = str(page.total)
    if page.next is not None:
        response["X-Output-Next"] = str(page.next)
    return response
