from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import session_api
from sessions_app.models import AgentSession, Event
from sessions_app.people.visitor import Person
from sessions_app.protocol.review_events import WorkdirChanges


@require_safe
@session_api
def session_changes(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Send the last `workdir_changes` as stored: `{"last": event}`, or null."""
    events = Event.objects.filter(session=session, type=WorkdirChanges.wire_type())
    last = events.order_by("-seq").values_list("data", flat=True).first()
    return HttpResponse(f'{{"last":{last or "null"}}}', content_type="application/json")
