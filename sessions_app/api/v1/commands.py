from typing import Annotated, Any

import msgspec
from ninja import Header, Router, Status

from sessions_app.api.commands import put_command
from sessions_app.api.inbox import read_inbox
from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.lookup import find_session
from sessions_app.api.v1.problems import Problem
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import (
    ApprovalList,
    ApprovalOut,
    CommandIn,
    CommandOut,
    MessageList,
    MessageOut,
    SessionId,
)
from sessions_app.commands.waiting_messages import waiting_messages
from sessions_app.people.api_tokens import Scope
from sessions_app.people.rights import may_control
from sessions_app.protocol.commands import Prompt
from sessions_app.protocol.encoding.codec import decode_command

router = Router(tags=["commands"])
# The body is decoded by the protocol, which keeps every number as it was written.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": CommandIn.model_json_schema()}},
    }
}


@router.post(
    "/sessions/{session_id}/commands",
    response=answers(CommandOut, 400, 404, 409, 413, status=202),
    openapi_extra=BODY,
)
def send_command(
    request: CallerRequest,
    session_id: SessionId,
    idempotency_key: Annotated[
        str, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,64}$")
    ],
) -> Status[CommandOut]:
    """Send a message, an interrupt, a cancel or an answer to an approval.

    A request that is sent twice with the same Idempotency-Key counts once. The command
    is carried out by the session's runner: its outcome is in the events.
    """
    user = require(request, Scope.CONTROL)
    session = find_session(user, session_id)
    return Status(202, CommandOut(id=put_command(request, user, session)))


@router.get("/sessions/{session_id}/messages", response=answers(MessageList, 404))
def list_messages(request: CallerRequest, session_id: SessionId) -> MessageList:
    """List the messages that wait to be read, in the order in which they will be.

    For those who may steer the session: a message can be withdrawn until it is read.
    """
    user = require(request, Scope.READ)
    session = find_session(user, session_id)
    if not may_control(user, session):
        raise Problem(403, "You may watch this session, but not control it.")
    return MessageList(
        messages=[
            MessageOut(id=str(row.pk), text=prompt.text, is_taken=bool(row.taken_at))
            for row in waiting_messages([session.pk])
            if isinstance(prompt := decode_command(row.data), Prompt)
        ]
    )


@router.get("/approvals", response=answers(ApprovalList))
def list_approvals(request: CallerRequest) -> ApprovalList:
    """List the calls that wait for a person, the longest wait first."""
    inbox = read_inbox(require(request, Scope.READ))
    waiting = [
        ApprovalOut(
            session=item.session,
            title=item.title,
            root=item.root,
            can_control=item.can_control,
            request=msgspec.json.decode(item.request),
        )
        for item in inbox.asks
    ]
    return ApprovalList(approvals=waiting, total=inbox.total)
