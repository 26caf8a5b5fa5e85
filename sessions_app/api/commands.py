import re

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from sessions_app.api.errors import ApiError
from sessions_app.commands.submit import Answer, FromPeople, Refused, submit_command
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.people.client_address import client_address
from sessions_app.people.rights import may_control
from sessions_app.protocol.commands import Prompt
from sessions_app.protocol.encoding.codec import ProtocolError, decode_command

KEY = re.compile(r"[!-~]{1,64}")
TOOL_USE_ID = re.compile(r"[!-~]{1,128}")


def put_command(request: HttpRequest, user: User, session: AgentSession) -> str:
    """Store the command in a request's body; returns its id. Raises ApiError.

    Once per Idempotency-Key.
    """
    if not may_control(user, session):
        raise ApiError(403, "You may watch this session, but not control it.")
    key = read_key(request)
    command = _command(request)
    try:
        row = submit_command(session.pk, user, key, command, client_address(request))
    except Refused as error:
        raise ApiError(409, str(error)) from None
    async_to_sync(nudge_runners)()
    return str(row.pk)


def read_key(request: HttpRequest) -> str:
    """Return the request's Idempotency-Key. Raises ApiError."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise ApiError(
            400, "Idempotency-Key: send this header, 1 to 64 visible ASCII characters."
        )
    return key


def _command(request: HttpRequest) -> FromPeople:
    try:
        command = decode_command(_body(request))
    except ProtocolError as error:
        raise ApiError(400, str(error)) from None
    if not isinstance(command, FromPeople):
        raise ApiError(400, f"type: {command.wire_type()} is not for people to send.")
    if isinstance(command, Prompt):
        check_text(command.text)
    if isinstance(command, Answer) and not TOOL_USE_ID.fullmatch(command.tool_use_id):
        raise ApiError(400, "toolUseId: expected 1 to 128 visible ASCII characters.")
    return command


def _body(request: HttpRequest) -> bytes:
    limit = settings.COMMAND_MAX_BYTES
    if request.content_type != "application/json":
        raise ApiError(400, "Content-Type: expected application/json.")
    # Check the declared length first: for a far too long body Django itself would
    # answer with an HTML page.
    declared = int(request.META.get("CONTENT_LENGTH") or 0)
    if declared > limit or len(request.body) > limit:
        raise ApiError(400, f"A command may have at most {limit} bytes.")
    return request.body


def check_text(text: str) -> None:
    """Check a person's message. Raises ApiError."""
    limit = settings.PROMPT_MAX_CHARS
    if not text.strip():
        raise ApiError(400, "text: a message must say something.")
    if "\0" in text:
        raise ApiError(400, "text: NUL characters are not allowed.")
    if len(text) > limit:
        raise ApiError(400, f"text: a message may have at most {limit} characters.")
