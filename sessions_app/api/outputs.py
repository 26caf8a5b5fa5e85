from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import ApiError, session_api, whole_number
from sessions_app.models import AgentSession
from sessions_app.outputs.page import read_output
from sessions_app.outputs.store import read_image
from sessions_app.people.visitor import Person

OFFSET_MAX = 2**31 - 2
# Of an image opened by itself: nothing in it may load, run or be framed.
IMAGE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_safe
@session_api
def session_output(
    request: HttpRequest, person: Person, session: AgentSession, output_id: str
) -> HttpResponse:
    """Send a page of an output as text: `?offset=&limit=`, in bytes of UTF-8.

    `X-Output-Next` is the offset of the next page, absent at the end. `X-Output-Total`
    is the size of what the tool wrote, `X-Output-Kept` the size of the stored part.
    """
    most: int = settings.OUTPUT_PAGE_MAX_BYTES
    limit = whole_number(request, "limit", most)
    page = read_output(
        session.pk,
        output_id,
        whole_number(request, "offset", OFFSET_MAX) or 0,
        most if limit is None else max(limit, 1),
    )
    if page is None:
        raise ApiError(404, "There is no such output.")
    # Plain text and nosniff: a browser must never render a tool's output as HTML.
    response = HttpResponse(
        page.data,
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{output_id}.txt"',
            "X-Content-Type-Options": "nosniff",
            "X-Output-Kept": str(page.kept),
            "X-Output-Total": str(page.total),
        },
    )
    if page.next is not None:
        response["X-Output-Next"] = str(page.next)
    return response


@require_safe
@session_api
def session_image(
    request: HttpRequest, person: Person, session: AgentSession, output_id: str
) -> HttpResponse:
    """Send an output that is a raster image, by its own first bytes, as that image."""
    found = read_image(session.pk, output_id)
    if found is None:
        raise ApiError(404, "There is no such image.")
    data, media_type = found
    return HttpResponse(
        data,
        content_type=media_type,
        headers={
            "Content-Disposition": "inline",
            "Content-Security-Policy": IMAGE_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )
