from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from sessions_app.commands.continuation import (
    CannotContinue,
    continue_here,
    why_not_from_page,
)
from sessions_app.people.rights import may_control, visible_to


@require_POST
@login_required
def session_continue(request: HttpRequest, session_id: str) -> HttpResponse:
    """Have Ringside run a followed session's agent; then its page takes messages."""
    session = get_object_or_404(visible_to(request.user), pk=session_id)
    if not isinstance(request.user, User) or not may_control(request.user, session):
        raise PermissionDenied
    why = why_not_from_page(session, request.user)
    if not why:
        try:
            continue_here(session_id)
        except CannotContinue as error:
            why = str(error)
    if why:
        context = {"session": session, "why": why}
        return render(request, "sessions_app/not_continued.html", context, status=409)
    response = redirect("session_detail", session_id)
    response.status_code = 303
    return response
