from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from sessions_app.api.errors import NOT_SIGNED_IN, ApiError, session_api
from sessions_app.models import AgentSession, MutedSession
from sessions_app.people.visitor import Person


@require_http_methods(["PUT", "DELETE"])
@session_api
def session_mute(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Tell a person nothing of a session any more (PUT), or again (DELETE).

    It is everybody's own: who sees the session may, and nobody else hears of it.
    """
    if not isinstance(person, User):
        raise ApiError(401, NOT_SIGNED_IN)
    own = MutedSession.objects.filter(user=person)
    if request.method == "DELETE":
        own.filter(session=session).delete()
    elif own.count() >= settings.PUSH_MUTED_MAX:
        raise ApiError(409, "You have muted too many sessions: unmute some first.")
    else:
        MutedSession.objects.get_or_create(user=person, session=session)
    return HttpResponse(status=204)
