from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sessions_app.engine_choice import engine_of_new_sessions
from sessions_app.forms import StartForm
from sessions_app.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.rights import may_control, may_share, may_start, visible_to
from sessions_app.visitor import person_of


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: User


@require_safe
@login_required
def session_list(request: SignedInRequest) -> HttpResponse:
    return _list_page(request, StartForm(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def session_start(request: SignedInRequest) -> HttpResponse:
    """Queue a session; the next free runner takes it."""
    if request.method != "POST":
        # Where a reload, or a sign-in in between, leads after a form with errors.
        return redirect("session_list")
    if not may_start(request.user):
        raise PermissionDenied
    form = StartForm(request.user, request.POST)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    session = _queue(request.user, form)
    async_to_sync(nudge_runners)()
    response = redirect("session_detail", session.pk)
    response.status_code = 303
    return response


@require_safe
def session_detail(request: HttpRequest, session_id: str) -> HttpResponse:
    """Show one session; one that may not be seen does not seem to exist."""
    person = person_of(request)
    sessions = visible_to(person).select_related("parent", "owner")
    session = sessions.filter(pk=session_id).first()
    if session is None and not person.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if session is None:
        raise Http404
    context = {
        "session": session,
        "simulated": session.engine == "simulator",
        "can_control": may_control(person, session),
        "can_share": may_share(person, session),
    }
    return render(request, "sessions_app/session_detail.html", context)


def _list_page(
    request: SignedInRequest, form: StartForm, status: int = 200
) -> HttpResponse:
    sessions = visible_to(request.user).filter(parent=None).select_related("owner")
    context = {
        "sessions": sessions[: settings.LIST_MAX_ROWS],
        "form": form,
        "can_start": may_start(request.user),
        "simulated": settings.RINGSIDE_SIMULATE,
    }
    return render(request, "sessions_app/session_list.html", context, status=status)


def _queue(owner: User, form: StartForm) -> AgentSession:
    said = form.cleaned_data
    return AgentSession.objects.create(
        owner=owner,
        title=said["prompt"].splitlines()[0][: settings.TITLE_MAX_CHARS],
        prompt=said["prompt"],
        model=said["model"],
        engine=engine_of_new_sessions(),
        workdir=said["workdir"],
        permission_mode=said["permission_mode"],
    )
