import re
from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from sessions_app.log.leases.lease import with_pending_messages
from sessions_app.log.status import move_status
from sessions_app.masking.originals import forget_command
from sessions_app.models import AgentSession, Command, Event
from sessions_app.protocol.commands import Prompt
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove

COMMAND_ID = re.compile(r"[0-9]{1,18}")


class TooLate(Exception):
    """A message cannot be withdrawn any more; the text says why."""


@transaction.atomic
def take_messages(command_ids: Collection[int]) -> list[int]:
    """Take messages for an agent; returns the ids of those not withdrawn, in order.

    Before the agent hears a message, its row says so: this and `withdraw_message` each
    compare and write that row in one statement, so exactly one of the two wins. A
    message that was taken by a runner that died is taken again by the next one.
    """
    pending = Command.objects.filter(id__in=command_ids, applied_at=None)
    # In order of id: two runners that overlap for a moment never deadlock.
    rows = list(pending.select_for_update().order_by("id").values_list("id", "rank"))
    ids = [number for _, number in sorted((rank or id_, id_) for id_, rank in rows)]
    Command.objects.filter(id__in=ids).update(taken_at=Now())
    return ids


def withdraw_message(session: AgentSession, command_id: str) -> None:
    """Take a message back; no agent ever hears it. Raises TooLate.

    The caller holds the lock of the session's row. A session that was queued for this
    message alone is again what it was before.
    """
    number = int(command_id) if COMMAND_ID.fullmatch(command_id) else 0
    messages = Command.objects.filter(session=session, type=Prompt.wire_type())
    row = messages.filter(pk=number, taken_at=None, applied_at=None)
    if not row.update(applied_at=Now()):
        if messages.filter(pk=number).exists():
            raise TooLate("The agent has read this message already.")
        raise TooLate("This session has no such message.")
    forget_command(session.pk, number)
    _rest_again(session)


def _rest_again(session: AgentSession) -> None:
    queued = AgentSession.objects.filter(pk=session.pk, lease="")
    if with_pending_messages(queued).exists():
        return
    logged = Event.objects.filter(session=session, type=Status.wire_type())
    last = logged.order_by("-seq").values_list("data", flat=True).first()
    event = decode_event(last) if last else None
    if isinstance(event, Status) and SessionStatus(event.status).is_over:
        move = StatusMove.by(StatusCause.WITHDRAWAL, SessionStatus(event.status))
        move_status(queued, move)
