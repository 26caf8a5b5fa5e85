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


DIGITS_MAX = 19  # of a number in an address
# Called with the request, the user, the session, and what else the address names.
SessionView = Callable[..., HttpResponse]


def session_api(view: SessionView) -> SessionView:
    """Give a view the signed-in user and a session that they may see."""

    @wraps(view)
    def checked(request: HttpRequest, session_id: str, **names: str) -> HttpResponse:
        try:
            user = _signed_in(request)
            response = view(request, user, _find(user, session_id), **names)
        except ApiError as error:
            response = JsonResponse({"error": error.text}, status=error.status)
        response["Cache-Control"] = "private, no-store"
        return response

    return checked


def whole_number(request: HttpRequest, name: str, largest: int) -> int | None:
    """Read a number of the address, None where there is none. Raises ApiError."""
    text = request.GET.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MAX:
        raise ApiError(400, f"{name}: expected a whole number, 0 or more.")
    return min(int(text), largest)


def _signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise ApiError(401, "You are not signed in: sign in and try again.")
    return request.user


def _find(user: User, session_id: str) -> AgentSession:
    session = visible_to(user).filter(pk=session_id).first()
    if session is None:
        raise ApiError(404, "There is no such session.")
    return session
