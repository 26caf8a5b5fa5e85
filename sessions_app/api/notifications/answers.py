from typing import Literal

import msgspec
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sessions_app.api.errors import ApiError, find, user_api
from sessions_app.commands.open_approvals import open_questions
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.people.client_address import client_address
from sessions_app.people.rights import may_control
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.prepared import prepared
from sessions_app.webhooks.push.notification import AnswerToken, ShownQuestion

TOO_OLD = "This notification is too old: open the page to answer."
CHANGED = "The call is answered, over, or not what was shown: open the page."


@prepared
class PressedButton(msgspec.Struct, frozen=True):
    """Which button of a notification was pressed, and the notification's token."""

    token: str
    verdict: Literal["approve", "deny"]


# No page sends this, so there is no CSRF token; the signed token, which no other site
# can know, takes its place. Who answers is who is signed in, as everywhere.
@csrf_exempt
@require_POST
@user_api
def push_answer(request: HttpRequest, user: User) -> HttpResponse:
    """Answer a call as a notification has shown it: the same call, or not at all.

    The command's key holds the digest of what was shown, for those who look it up.
    """
    try:
        pressed = msgspec.json.decode(request.body, type=PressedButton)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(400, f"This is no answer: {error}") from None
    token = AnswerToken.read(pressed.token)
    if token is None or token.user != user.pk:
        raise ApiError(403, TOO_OLD)
    session = find(user, token.session)
    if not may_control(user, session):
        raise ApiError(403, "You may watch this session, but not control it.")
    question = _question(session, token)
    if question is None or pressed.verdict not in question.answers:
        raise ApiError(409, CHANGED)
    kind = Approve if pressed.verdict == "approve" else Deny
    command = kind(tool_use_id=token.tool_use_id)
    key = f"push-{question.digest}"
    try:
        submit_command(session.pk, user, key, command, client_address(request))
    except Refused as error:
        raise ApiError(409, str(error)) from None
    async_to_sync(nudge_runners)()
    return HttpResponse(status=204)


def _question(session: AgentSession, token: AnswerToken) -> ShownQuestion | None:
    """Return the question if it is still open, in the words that were shown."""
    for request in open_questions(session):
        question = ShownQuestion.of(session, request)
        if question is not None and question.tool_use_id == token.tool_use_id:
            return question if question.digest == token.digest else None
    return None
