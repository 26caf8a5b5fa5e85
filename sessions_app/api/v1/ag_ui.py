import hashlib
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.http import HttpResponse
from ninja import Router
from pydantic import ValidationError

from sessions_app.api.ag_ui.request_run import RunCaller, plan_first_run, request_run
from sessions_app.api.ag_ui.run_input import RunInput, read_run_input, text_of
from sessions_app.api.v1.auth import CallerRequest, TokenAuth, require
from sessions_app.api.v1.lookup import find_session
from sessions_app.api.v1.problems import Problem
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import SESSION_ID, SessionId, StartIn
from sessions_app.api.v1.sessions import queue
from sessions_app.delivery.ag_ui.plan import RunPlan
from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession
from sessions_app.people.api_tokens import Scope
from sessions_app.people.client_address import client_address
from sessions_app.people.rights import visible_to

TYPE = "text/event-stream"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
router = Router(tags=["ag-ui"], auth=TokenAuth())
INPUT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "RunAgentInput of AG-UI 1.0",
                    "required": ["threadId", "runId", "messages"],
                    "properties": {
                        "threadId": {"type": "string"},
                        "runId": {"type": "string"},
                        "messages": {"type": "array", "items": {"type": "object"}},
                        "resume": {"type": "array", "items": {"type": "object"}},
                    },
                }
            }
        },
    },
    "responses": {200: {"content": {TYPE: {"schema": {"type": "string"}}}}},
}
RESPONSES = answers(None, 400, 404, 409, 413, 429)


@router.post("/sessions/{session_id}/ag-ui", response=RESPONSES, openapi_extra=INPUT)
def run_session(request: CallerRequest, session_id: SessionId) -> HttpResponse:
    """Run a session as an AG-UI agent: send a message or answers, read what comes.

    Without either, the session's whole log is read. See docs/ag-ui.md.
    """
    asked = read_run_input(request.body)
    session = find_session(require(request, Scope.READ), session_id)
    return _planned(_run(request, session, asked))


@router.post("/ag-ui", response=RESPONSES, openapi_extra=INPUT)
def run_thread(request: CallerRequest) -> HttpResponse:
    """Run the session of a thread; the first message of a new thread starts one.

    `threadId` is a session's id, or any name of the client's own.
    """
    asked = read_run_input(request.body)
    user = require(request, Scope.READ)
    session = _session_of(user, asked.thread_id)
    if session is None:
        return _planned(_start(request, asked))
    if _is_repeated(session, asked):
        return _planned(plan_first_run(session, asked))
    return _planned(_run(request, session, asked))


def _run(request: CallerRequest, session: AgentSession, asked: RunInput) -> RunPlan:
    acts = asked.resume or asked.new_message
    user = require(request, Scope.CONTROL if acts else Scope.READ)
    return request_run(RunCaller(user, client_address(request)), session, asked)


def _start(request: CallerRequest, asked: RunInput) -> RunPlan:
    """Start a session with the thread's first message."""
    message = asked.new_message
    if message is None:
        raise Problem(404, "There is no such thread: a message would start one.")
    user = require(request, Scope.START)
    props = asked.forwarded_props if isinstance(asked.forwarded_props, dict) else {}
    try:
        start = StartIn(**(props.get("ringside") or {}) | {"prompt": text_of(message)})
    except (ValidationError, TypeError) as error:
        raise Problem(422, f"forwardedProps.ringside: {error}") from None
    session = queue(user, start, session_id_of(user, asked.thread_id))
    return plan_first_run(session, asked)


def session_id_of(user: User, thread_id: str) -> str:
    """Name the session of a client's thread; the same thread has the same session."""
    number = int.from_bytes(hashlib.sha256(f"{user.pk} {thread_id}".encode()).digest())
    digits = (DIGITS[number // 36**nth % 36] for nth in range(12))
    return f"s_{''.join(digits)}"


def _session_of(user: User, thread_id: str) -> AgentSession | None:
    names = [session_id_of(user, thread_id)]
    if SESSION_ID.fullmatch(thread_id):
        names.append(thread_id)
    return visible_to(user).filter(pk__in=names).first()


def _is_repeated(session: AgentSession, asked: RunInput) -> bool:
    """Tell whether a request is the one that started the session, sent again."""
    message = asked.new_message
    is_first = message is not None and asked.is_first_message and not asked.cursor
    return (
        is_first
        and message is not None
        and session.prompt == masked_words(text_of(message))
    )


def _planned(plan: RunPlan) -> HttpResponse:
    """Answer with the plan, which `AgUiDoor` replaces by the stream."""
    return HttpResponse(msgspec.json.encode(plan), content_type=TYPE)
