from typing import Annotated

from ninja import Query, Router

from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import SearchOut, SearchResultOut
from sessions_app.history.search.scan import NEWEST
from sessions_app.history.search.search import is_behind, search
from sessions_app.people.api_tokens import Scope
from sessions_app.text.query import SearchQuery

ID_MAX = 2**53 - 1
router = Router(tags=["search"])


@router.get("/search", response=answers(SearchOut))
def search_events(
    request: CallerRequest,
    text: Annotated[str, Query(description='words, "a phrase", begin*')],
    before: Annotated[
        int | None, Query(ge=1, le=ID_MAX, description="`next` of the page before")
    ] = None,
) -> SearchOut:
    """Search the events of all sessions that you may see, the newest first."""
    user = require(request, Scope.READ)
    page = search(user, SearchQuery.parse(text), NEWEST if before is None else before)
    return SearchOut(
        results=[
            SearchResultOut(
                session=one.event.session_id,
                title=one.session.title,
                seq=one.event.seq,
                type=one.event.type,
                snippet="".join(one.parts),
            )
            for one in page.found
        ],
        next=page.next,
        is_behind=page.next is None and is_behind(user),
    )
