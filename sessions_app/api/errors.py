from collections.abc import Callable
from functools import wraps

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse

from sessions_app.api.number import read_number
from sessions_app.models import AgentSession
from sessions_app.people.rights import visible_to
from sessions_app.people.visitor import Person, person_of


class ApiError(Exception):
    """Ends an API request with an HTTP status and a sentence for the person."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


NOT_SIGNED_IN = "You are not signed in: sign in and try again."
# Called with the request, the person, the session, and the URL's other parameters.
SessionView = Callable[..., HttpResponse]


def session_api(view: SessionView) -> SessionView:
    """Decorate a view: pass it the person, and a session that they may see."""

    @wraps(view)
    def checked(request: HttpRequest, session_id: str, **names: str) -> HttpResponse:
        person = person_of(request)
        return view(request, person, find(person, session_id), **names)

    return _answered(checked)


def user_api(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view: pass it the signed-in user."""

    @wraps(view)
    def checked(request: HttpRequest, **names: str) -> HttpResponse:
        if not isinstance(request.user, User):
            raise ApiError(401, NOT_SIGNED_IN)
        return view(request, request.user, **names)

    return _answered(checked)


def _answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view: turn ApiError into a response; forbid caching."""

    @wraps(view)
    def answering(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            response = view(request, **names)
        except ApiError as error:
            response = JsonResponse({"error": error.text}, status=error.status)
        response["Cache-Control"] = "private, no-store"
        return response

    return answering


def whole_number(request: HttpRequest, name: str, largest: int) -> int | None:
    """Return a query parameter as a number of at most `largest`; None if absent.

    Raises ApiError if it is not a whole number.
    """
    text = request.GET.get(name)
    if text is None:
        return None
    number = read_number(text)
    if number is None:
        raise ApiError(400, f"{name}: expected a whole number, 0 or more.")
    return min(number, largest)


def find(person: Person, session_id: str) -> AgentSession:
    """Return a session that the person may see. Raises ApiError."""
    session = visible_to(person).filter(pk=session_id).first()
    if session is not None:
        return session
    if not person.is_authenticated:
        raise ApiError(401, NOT_SIGNED_IN)
    raise ApiError(404, "There is no such session.")
