from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from sessions_app.allowed_workdir import workdirs_like
from sessions_app.pages.api import ApiError, user_api
from sessions_app.people.rights import may_start


@require_safe
@user_api
def workdirs(request: HttpRequest, user: User) -> HttpResponse:
    """Send directories that one may use and whose path begins as `?text=` does."""
    if not may_start(user):
        raise ApiError(403, "You may watch sessions, but not start one.")
    return JsonResponse({"workdirs": workdirs_like(request.GET.get("text", ""))})
