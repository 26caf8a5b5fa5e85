from http import HTTPStatus

from django.http import HttpResponse
from ninja import Router

from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.problems import Problem, problem_response
from sessions_app.people.api_tokens import Scope
from sessions_app.people.rights import may_control, may_start, principal_of
from sessions_app.streams.answer import (
    CLOSED,
    NEXT,
    SAFE,
    StreamAnswer,
    at_tail,
    caught_up,
    described,
)
from sessions_app.streams.append import Appended, append
from sessions_app.streams.append_request import AppendRequest
from sessions_app.streams.chunk import read_chunk
from sessions_app.streams.create import CreateRequest, create
from sessions_app.streams.found_stream import FoundStream, find_stream, touch
from sessions_app.streams.offset import TAIL, asked_offset
from sessions_app.streams.refusal import StreamRefusal
from sessions_app.streams.removal import delete

# These operations are described by the durable streams protocol, not by OpenAPI.
router = Router()
METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]


@router.api_operation(METHODS, "/stream/{path:name}", include_in_schema=False)
def durable_stream(request: CallerRequest, name: str) -> HttpResponse:
    """Create, append to, read, close or delete a durable stream."""
    try:
        answer = _answer(request, name)
    except StreamRefusal as refusal:
        response = problem_response(refusal.status, refusal.detail)
        for header, value in (SAFE | refusal.headers).items():
            response[header] = value
        return response
    response = HttpResponse(answer.body, status=answer.status.value)
    del response["Content-Type"]
    for header, value in (SAFE | dict(answer.headers)).items():
        response[header] = value
    return response


def _answer(request: CallerRequest, name: str) -> StreamAnswer:
    match request.method:
        case "PUT":
            return _put(request, name)
        case "POST":
            return _post(request, name)
        case "DELETE":
            return _delete(request, name)
    found = find_stream(principal_of(require(request, Scope.READ)), name)
    if request.method == "HEAD":
        return described(found)
    return _get(request, found)


def _get(request: CallerRequest, found: FoundStream) -> StreamAnswer:
    offset = asked_offset(request.GET.getlist("offset"))
    chunk = read_chunk(found, found.seq_of(offset))
    touch(found)
    if offset == TAIL:
        return at_tail(found, chunk.without_messages(found))
    return caught_up(found, chunk, request.headers.get("If-None-Match", ""))


def _put(request: CallerRequest, name: str) -> StreamAnswer:
    user = require(request, Scope.START)
    if not may_start(user):
        raise Problem(403, "You may watch sessions, but not start one.")
    found, is_new = create(user, name, CreateRequest.of(request.headers, request.body))
    headers = {**described(found).headers}
    if is_new:
        headers["Location"] = request.build_absolute_uri(request.path)
    return StreamAnswer(HTTPStatus.CREATED if is_new else HTTPStatus.OK, headers)


def _post(request: CallerRequest, name: str) -> StreamAnswer:
    found = _steered(request, name)
    asked = AppendRequest.of(request.headers, request.body)
    return _appended(asked, append(found.session.pk, asked))


def _appended(asked: AppendRequest, done: Appended) -> StreamAnswer:
    headers = {NEXT: str(done.tail), "Cache-Control": "no-store"}
    if done.is_closed:
        headers[CLOSED] = "true"
    if done.producer is not None:
        headers |= done.producer.headers
    # By the status a producer tells what was appended from what had been before.
    is_told = bool(asked.producer and asked.body and done.is_new)
    return StreamAnswer(HTTPStatus.OK if is_told else HTTPStatus.NO_CONTENT, headers)


def _delete(request: CallerRequest, name: str) -> StreamAnswer:
    found = _steered(request, name)
    if found.row is None:
        raise StreamRefusal(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "An agent writes this session: it is deleted in the admin.",
            {"Allow": "GET, HEAD"},
        )
    delete(found.row)
    return StreamAnswer(HTTPStatus.NO_CONTENT)


def _steered(request: CallerRequest, name: str) -> FoundStream:
    """Return a stream that the caller may write. Raises StreamRefusal, Problem."""
    user = require(request, Scope.CONTROL)
    found = find_stream(principal_of(user), name)
    if not may_control(user, found.session):
        raise Problem(403, "You may read this stream, but not write it.")
    return found
