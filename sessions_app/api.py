from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse

from sessions_app.models import AgentSession
from sessions_app.rights import visible_to
from sessions_app.visitor import Person, person_of


class ApiError(Exception):
    """Ends an API request with a status and a sentence for the person who asked."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


DIGITS_MAX = 19  # of a number in an address
# Called with the request, who asks, the session, and what else the address names.
SessionView = Callable[..., HttpResponse]


def session_api(view: SessionView) -> SessionView:
    """Give a view who asks and a session that they may see."""

    @wraps(view)
    def checked(request: HttpRequest, session_id: str, **names: str) -> HttpResponse:
        try:
            person = person_of(request)
            response = view(request, person, find(person, session_id), **names)
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


def find(person: Person, session_id: str) -> AgentSession:
    """Find a session that somebody may see. Raises ApiError."""
    session = visible_to(person).filter(pk=session_id).first()
    if session is not None:
        return session
    if not person.is_authenticated:
        raise ApiError(401, "You are not signed in: sign in and try again.")
    raise ApiError(404, "There is no such session.")
