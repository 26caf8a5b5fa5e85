from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import ApiError, user_api
from sessions_app.people.rights import may_start
from sessions_app.workdirs.allowed import workdirs_like


@require_safe
@user_api
def workdirs(request: HttpRequest, user: User) -> HttpResponse:
    """Send the allowed directories whose path begins with `?text=`."""
    if not may_start(user):
        raise ApiError(403, "You may watch sessions, but not start one.")
    return JsonResponse({"workdirs": workdirs_like(request.GET.get("text", ""))})
