from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from sessions_app.pages.middleware.content_security import DIAGRAM_FRAME


@require_safe
@xframe_options_sameorigin
def diagram_frame(request: HttpRequest) -> HttpResponse:
    """Answer with the document that the page frames to draw diagrams."""
    response = render(request, "sessions_app/diagram_frame.html")
    response.headers["Content-Security-Policy"] = DIAGRAM_FRAME
    return response
