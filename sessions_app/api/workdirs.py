from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import ApiError, session_api, user_api
from sessions_app.models import AgentSession
from sessions_app.people.own_machine import is_own_machine
from sessions_app.people.rights import may_control, may_start
from sessions_app.people.visitor import Person
from sessions_app.workdirs.allowed import workdirs_like
from sessions_app.workdirs.files import files_like
from sessions_app.workdirs.recent import own_workdirs_like

PATH_MAX_CHARS = 200


@require_safe
@user_api
def workdirs(request: HttpRequest, user: User) -> HttpResponse:
    """Send the allowed directories whose path begins with `?text=`."""
    if not may_start(user):
        raise ApiError(403, "You may watch sessions, but not start one.")
    text = request.GET.get("text", "")
    if not settings.RINGSIDE_WORKDIR_ROOTS and is_own_machine(request):
        return JsonResponse({"workdirs": own_workdirs_like(user, text)})
    return JsonResponse({"workdirs": workdirs_like(text)})


@require_safe
@session_api
def session_files(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Send files of the session's directory whose path contains `?text=`.

    Only those who may write to the agent may see names that it has not told yet.
    """
    if not isinstance(person, User) or not may_control(person, session):
        raise ApiError(403, "You may watch this session, but not write to its agent.")
    text = request.GET.get("text", "")[:PATH_MAX_CHARS]
    return JsonResponse({"files": files_like(session.workdir, text)})
