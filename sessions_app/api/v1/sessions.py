from typing import Annotated, Literal

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from ninja import Header, Query, Router, Status

from sessions_app.api.list_page import SessionListPage
from sessions_app.api.start import queue_session
from sessions_app.api.start_form import StartForm
from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.lookup import find_session
from sessions_app.api.v1.problems import Problem
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import (
    SessionFamily,
    SessionId,
    SessionListOut,
    SessionOut,
    StartIn,
)
from sessions_app.delivery.connection.session_list import summaries
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.people.api_tokens import Scope
from sessions_app.people.rights import may_start, visible_to
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.list_query import ListQuery
from sessions_app.sessions.tree import descendants_of

SESSION_ID = r"^s_[a-z0-9]{12}$"
router = Router(tags=["sessions"])


@router.get("/sessions", response=answers(SessionListOut))
def list_sessions(
    request: CallerRequest,
    text: Annotated[str, Query(description="words in it")] = "",
    status: SessionStatus | None = None,
    model: str = "",
    owner: str = "",
    tag: str = "",
    archived: bool = False,
    sort: Literal["changed", "created", "cost"] = "changed",
    after: Annotated[str, Query(description="`next` of the page before")] = "",
) -> SessionListOut:
    """List the main sessions that you may see, those that wait for a person first."""
    user = require(request, Scope.READ)
    asked = {"text": text, "model": model, "owner": owner, "tag": tag, "sort": sort}
    asked |= {"status": status or "", "archived": "yes" if archived else ""}
    page = SessionListPage.read_for(user, ListQuery.of(asked), after)
    rows = [SessionOut.of(row.session, row.asks) for row in page.rows]
    return SessionListOut(sessions=rows, next=page.next)


@router.post("/sessions", response=answers(SessionOut, 400, 413, status=201))
def start_session(
    request: CallerRequest,
    start: StartIn,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", pattern=SESSION_ID)
    ] = None,
) -> Status[SessionOut]:
    """Start a session: the next free runner takes it.

    `Idempotency-Key`, if given, becomes the session's id: `s_` and twelve lower-case
    letters or digits. A request that is sent twice with it starts one session.
    """
    user = require(request, Scope.START)
    session = queue(user, start, idempotency_key or "")
    (summary,) = summaries([session], among=visible_to(user))
    return Status(201, SessionOut.of(summary, summary.asks))


def queue(user: User, start: StartIn, session_id: str) -> AgentSession:
    """Queue a new session, once per id. Raises Problem."""
    if not may_start(user):
        raise Problem(403, "You may watch sessions, but not start one.")
    form = StartForm(user, start.form_data() | {"session_id": session_id})
    if not form.is_valid():
        errors = form.errors.get_json_data().items()
        raise Problem(
            422,
            "; ".join(f"{name}: {one['message']}" for name, of in errors for one in of),
        )
    session = queue_session(user, form)
    async_to_sync(nudge_runners)()
    return session


@router.get("/sessions/{session_id}", response=answers(SessionOut, 404))
def get_session(request: CallerRequest, session_id: SessionId) -> SessionOut:
    """Get one session."""
    user = require(request, Scope.READ)
    session = find_session(user, session_id)
    (summary,) = summaries([session], among=visible_to(user))
    return SessionOut.of(summary, summary.asks)


@router.get("/sessions/{session_id}/agents", response=answers(SessionFamily, 404))
def list_agents(request: CallerRequest, session_id: SessionId) -> SessionFamily:
    """List all sub-agents of a session, parents before children."""
    user = require(request, Scope.READ)
    session = find_session(user, session_id)
    below = descendants_of([session.pk])[session.pk]
    rows = summaries(below, among=visible_to(user))
    return SessionFamily(sessions=[SessionOut.of(row, row.asks) for row in rows])
