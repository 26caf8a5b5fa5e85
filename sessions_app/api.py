from collections.abc import Callable
from functools import wraps

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse

from sessions_app.models import AgentSession
from sessions_app.rights import visible_to


class ApiError(Exception):
    """Ends an API request with a status and a sentence for the person who asked."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


SessionView = Callable[[HttpRequest, User, AgentSession], HttpResponse]


def session_api(view: SessionView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the signed-in user and a session that they may see."""

    @wraps(view)
    def checked(request: HttpRequest, session_id: str) -> HttpResponse:
        try:
            user = _signed_in(request)
            response = view(request, user, _find(user, session_id))
        except ApiError as error:
            response = JsonResponse({"error": error.text}, status=error.status)
        response["Cache-Control"] = "private, no-store"
        return response

    return checked


def _signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise ApiError(401, "You are not signed in: sign in and try again.")
    return request.user


def _find(user: User, session_id: str) -> AgentSession:
    session = visible_to(user).filter(pk=session_id).first()
    if session is None:
        raise ApiError(404, "There is no such session.")
    return session
