from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from sessions_app.models import AgentSession, Command
from sessions_app.protocol import commands
from sessions_app.protocol.codec import encode
from sessions_app.protocol.status import SessionStatus

Answer = commands.Approve | commands.Deny
FromPeople = commands.Prompt | commands.Interrupt | commands.Cancel | Answer
ANSWERED = {"approve": "approved", "deny": "denied"}


class Refused(Exception):
    """A command that the session cannot take now; says why and what to do."""


def put(
    session_id: str,
    by: User | None,
    key: str,
    command: FromPeople,
    address: str | None = None,
) -> Command:
    """Store a command for the session's runner, once for each key.

    A message to a session that no runner holds queues it. Raises Refused.
    """
    with transaction.atomic():
        # The row's lock makes all who write to one session take turns, its runner's
        # last look before it lets go included; the unique constraints hold anyway.
        locked = AgentSession.objects.select_for_update(no_key=True)
        session = locked.get(pk=session_id)
        earlier = Command.objects.filter(session=session, key=key).first()
        if earlier is not None:
            return _same(earlier, command)
        _check(session, command)
        row = _insert(session, by, key, command, address)
        if isinstance(command, commands.Prompt) and not _has_runner(session):
            _queue(session)
        return row


def _same(earlier: Command, command: FromPeople) -> Command:
    if earlier.data != encode(command):
        raise Refused(
            "This Idempotency-Key was used for another command: use a new one."
        )
    return earlier


def _check(session: AgentSession, command: FromPeople) -> None:
    if isinstance(command, commands.Prompt):
        if session.parent_id is not None:
            raise Refused("A sub-agent takes no messages: write to the main session.")
    elif not _has_runner(session):
        raise Refused(
            f"The session is {session.status}: nothing runs in it. "
            "Send a message to go on."
        )
    if isinstance(command, Answer):
        _check_is_first(session, command)


def _check_is_first(session: AgentSession, answer: Answer) -> None:
    answers = Command.objects.filter(session=session, tool_use_id=answer.tool_use_id)
    first = answers.select_related("by").first()
    if first is not None:
        who = first.by.get_username() if first.by else "somebody"
        raise Refused(f"{who} has {ANSWERED[first.type]} this already.")


def _has_runner(session: AgentSession) -> bool:
    """A runner holds the session, or will take it from the queue."""
    status = SessionStatus(session.status)
    return status is SessionStatus.QUEUED or status.is_active


def _insert(
    session: AgentSession,
    by: User | None,
    key: str,
    command: FromPeople,
    address: str | None,
) -> Command:
    return Command.objects.create(
        session=session,
        key=key,
        type=command.wire_type(),
        data=encode(command),
        tool_use_id=command.tool_use_id if isinstance(command, Answer) else None,
        by=by,
        address=address,
    )


def _queue(session: AgentSession) -> None:
    AgentSession.objects.filter(pk=session.pk).update(
        status=SessionStatus.QUEUED, updated_at=Now()
    )
