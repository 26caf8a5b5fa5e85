from collections.abc import Sequence

from django.conf import settings

from sessions_app.models import AgentSession, Command
from sessions_app.protocol.codec import decode_event
from sessions_app.protocol.events import Approval, ApprovalRequest, ToolResult

KINDS = tuple(kind.wire_type() for kind in (ApprovalRequest, Approval, ToolResult))


def open_questions(session: AgentSession) -> Sequence[ApprovalRequest]:
    """List the tool calls that wait for an answer, and have none yet."""
    lines = session.events.filter(
        type__in=KINDS, seq__gt=session.head_seq - settings.APPROVALS_MAX_ROWS
    )
    asked: dict[str, ApprovalRequest] = {}
    for line in lines.order_by("seq").values_list("data", flat=True):
        match decode_event(line):
            case ApprovalRequest() as request:
                asked[request.tool_use_id] = request
            case Approval() | ToolResult() as answer:
                asked.pop(answer.tool_use_id, None)
    answers = Command.objects.filter(session=session, tool_use_id__in=asked)
    answered = set(answers.values_list("tool_use_id", flat=True))
    return [request for call, request in asked.items() if call not in answered]
