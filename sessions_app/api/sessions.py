import msgspec
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import session_api, user_api
from sessions_app.api.list_page import SessionListPage
from sessions_app.delivery.connection.session_list import summaries
from sessions_app.models import AgentSession
from sessions_app.people.rights import visible_to
from sessions_app.people.visitor import Person
from sessions_app.sessions.list_query import ListQuery
from sessions_app.sessions.tree import descendants_of

JSON = "application/json"


@require_safe
@user_api
def list_rows(request: HttpRequest, user: User) -> HttpResponse:
    """Send a page of the session list as JSON; takes the same query as the page."""
    query = ListQuery.of(request.GET)
    page = SessionListPage.read_for(user, query, request.GET.get("after", ""))
    return HttpResponse(msgspec.json.encode(page), content_type=JSON)


@require_safe
@session_api
def session_family(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Send the rows of all of a session's sub-agents, parents before children."""
    below = descendants_of([session.pk])[session.pk]
    family = {"sessions": summaries(below, among=visible_to(person))}
    return HttpResponse(msgspec.json.encode(family), content_type=JSON)
