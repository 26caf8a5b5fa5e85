from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import session_api, whole_number
from sessions_app.log.page import read_before, read_page
from sessions_app.models import AgentSession
from sessions_app.people.visitor import Person

SEQ_MAX = 2**63 - 1


@require_safe
@session_api
def session_events(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Send a page of the log as stored: `?after=SEQ`, or `?before=SEQ&limit=N`.

    In the response, `after` is 0 if the page begins the log, and `upTo` is below
    `head` if the log has more events.
    """
    before = whole_number(request, "before", SEQ_MAX)
    if before is None:
        page = read_page(session.pk, whole_number(request, "after", SEQ_MAX) or 0)
    else:
        most: int = settings.PAGE_MAX_ROWS
        page = read_before(
            session.pk, before, whole_number(request, "limit", most) or most
        )
    batch = page.batch
    # The page was read after the session, so it may be ahead of `session.head_seq`.
    head = max(session.head_seq, batch.up_to if batch.count else 0)
    return HttpResponse(
        f'{{"session":"{session.pk}","after":{batch.after},"upTo":{batch.up_to},'
        f'"head":{head},"events":[{batch.body or ""}]}}',
        content_type="application/json",
    )
