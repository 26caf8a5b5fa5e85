from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from sessions_app.agents.access import why_not
from sessions_app.commands.message_claim import TooLate, withdraw_message
from sessions_app.commands.open_approvals import open_questions
from sessions_app.commands.waiting_messages import (
    OutOfDate,
    note_change,
    reorder_messages,
)
from sessions_app.log.status import move_status
from sessions_app.masking.originals import keep_command, masked_json
from sessions_app.models import AgentSession, Command
from sessions_app.protocol import commands
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.engine_kind import ACP
from sessions_app.protocol.fields.question import UnfitAnswer, check_answers
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove
from sessions_app.sessions.agent_state import settings_of

Answer = commands.Approve | commands.Deny
Goes = commands.Prompt | Answer  # the commands that queue a session without a runner
FromPeople = (
    commands.Prompt
    | commands.Withdraw
    | commands.Reorder
    | commands.Interrupt
    | commands.Cancel
    | commands.SetOption
    | Answer
    | commands.Errand
)
ABOUT_MESSAGES = commands.Prompt | commands.Withdraw | commands.Reorder
# The refusal of a message to a sub-agent, in any status.
TO_MAIN = "A sub-agent takes no messages: write to the main session."
ANSWERED = {"approve": "approved", "deny": "denied"}


NO_QUESTION = (
    "No call of this toolUseId waits for an answer in this session: it was answered, "
    "is over, or was never asked."
)


class Refused(Exception):
    """The session cannot take the command now; the text says why and what to do."""


def submit_command(
    session_id: str,
    by: User | None,
    key: str,
    command: FromPeople,
    address: str | None = None,
) -> Command:
    """Store a command for the session's runner, once per key.

    A message or answer to a session without a runner also queues the session. A
    withdrawal or a new order is carried out here, not by the runner. Raises Refused.
    """
    with transaction.atomic():
        # The row's lock serializes all commands to one session, and its runner's last
        # look for commands before it releases the lease. The unique constraints would
        # hold without it.
        locked = AgentSession.objects.select_for_update(no_key=True)
        session = locked.get(pk=session_id)
        earlier = Command.objects.filter(session=session, key=key).first()
        if earlier is not None:
            return _same(earlier, command)
        _check(session, command)
        _check_agent(session, by, command)
        row = _insert(session, by, key, command, address)
        if isinstance(command, commands.Withdraw):
            _withdraw(session, row, command)
        if isinstance(command, commands.Reorder):
            _reorder(session, row, command)
        if isinstance(command, ABOUT_MESSAGES):
            note_change(session)
        if isinstance(command, Goes) and not _has_runner(session):
            _queue(_root(session))
        return row


@dataclass(frozen=True, slots=True)
class MessageRefusal:
    """Why a session takes no message; `is_lasting`: not even later."""

    text: str
    is_lasting: bool

    @classmethod
    def of(cls, session: AgentSession) -> Self | None:
        if session.parent_id is not None:
            return cls(TO_MAIN, is_lasting=True)
        kind = session.kind
        if kind.is_queued and kind.takes_messages:
            return None
        text = kind.at_rest_text.format(id=session.pk)
        return cls(text, is_lasting=not kind.takes_messages)


def _same(earlier: Command, command: FromPeople) -> Command:
    if earlier.data != masked_json(encode(command)):
        raise Refused(
            "This Idempotency-Key was used for another command: use a new one."
        )
    return earlier


def _check(session: AgentSession, command: FromPeople) -> None:
    # Only the command line may start an engine that the queue does not run, because
    # such an engine runs a program.
    is_at_rest = not session.kind.is_queued and not session.lease
    if is_at_rest and isinstance(command, Goes):
        raise Refused(session.kind.at_rest_text.format(id=session.pk))
    if isinstance(command, commands.Withdraw | commands.Reorder):
        return None  # the messages' rows decide
    if isinstance(command, commands.SetOption):
        return _check_choice(session, command)
    if isinstance(command, commands.Errand):
        return _check_rests(session)
    if isinstance(command, Answer):
        _check_is_first(session, command)
        return _check_fits(session, command)
    if isinstance(command, commands.Prompt):
        if session.parent_id is not None:
            raise Refused(TO_MAIN)
    elif not _has_runner(session):
        raise _nothing_runs(session)


def _nothing_runs(session: AgentSession) -> Refused:
    return Refused(
        f"The session is {session.status}: nothing runs in it. Send a message to go on."
    )


def _check_agent(session: AgentSession, by: User | None, command: FromPeople) -> None:
    """Refuse what makes an agent work for a person who may not use it."""
    works = isinstance(command, commands.Prompt | commands.Approve)
    if works and by is not None and session.engine == ACP.name:
        top = _root(session)
        if why := why_not(str(top.options.get("agent")), by):
            raise Refused(why)


def _check_is_first(session: AgentSession, answer: Answer) -> None:
    answers = Command.objects.filter(session=session, tool_use_id=answer.tool_use_id)
    first = answers.select_related("by").first()
    if first is not None:
        who = first.by.get_username() if first.by else "somebody"
        raise Refused(f"{who} has {ANSWERED[first.type]} this already.")


def _check_rests(session: AgentSession) -> None:
    """Refuse to touch the files in which an agent, or a sub-agent, works."""
    if session.parent_id is not None:
        raise Refused("A sub-agent works in the main session's files: go there.")
    if _has_runner(session):
        raise Refused("The agent works in these files now: wait until it rests.")


def _check_choice(session: AgentSession, choice: commands.SetOption) -> None:
    """Refuse a setting, or a value of one, that the session's agent does not offer.

    Without a runner the choice waits for the next one.
    """
    if not session.kind.has_settings or session.parent_id is not None:
        raise Refused("This session's agent has no settings to choose from.")
    offered = settings_of(session.pk)
    if offered is None:
        return
    option = next((o for o in offered if o.id == choice.option_id), None)
    if option is None:
        raise Refused(f"The agent offers no setting {choice.option_id!r}.")
    if choice.value not in {one.value for one in option.choices}:
        raise Refused(f"{option.name} has no choice {choice.value!r}.")


def _check_fits(session: AgentSession, answer: Answer) -> None:
    """Refuse an answer to no question, or that its question has no place for.

    A question stays open when its runner is gone.
    """
    questions = {one.tool_use_id: one for one in open_questions(session)}
    request = questions.get(answer.tool_use_id)
    if request is None:
        raise Refused(NO_QUESTION) if _has_runner(session) else _nothing_runs(session)
    if request.whole_id:
        return
    is_yes = isinstance(answer, commands.Approve)
    fitting = {option.id for option in request.options if option.allows is is_yes}
    if answer.option_id and answer.option_id not in fitting:
        raise Refused(f"The question has no such option: {answer.option_id!r}.")
    if isinstance(answer, commands.Approve) and request.questions:
        try:
            check_answers(request.questions, answer.answers or {})
        except UnfitAnswer as error:
            raise Refused(str(error)) from None


def _has_runner(session: AgentSession) -> bool:
    """Return whether a runner holds the session, or will take it from the queue."""
    status = SessionStatus(session.status)
    return status is SessionStatus.QUEUED or status.is_active


def _insert(
    session: AgentSession,
    by: User | None,
    key: str,
    command: FromPeople,
    address: str | None,
) -> Command:
    data = encode(command)
    row = Command.objects.create(
        session=session,
        key=key,
        type=command.wire_type(),
        data=masked_json(data),
        tool_use_id=command.tool_use_id if isinstance(command, Answer) else None,
        by=by,
        address=address,
    )
    if row.data != data:
        keep_command(session.pk, row.pk, data)
    return row


def _withdraw(session: AgentSession, row: Command, command: commands.Withdraw) -> None:
    try:
        withdraw_message(session, command.command_id)
    except TooLate as error:
        raise Refused(str(error)) from None
    Command.objects.filter(pk=row.pk).update(applied_at=Now())


def _reorder(session: AgentSession, row: Command, command: commands.Reorder) -> None:
    try:
        reorder_messages(session, command.command_ids)
    except OutOfDate as error:
        raise Refused(str(error)) from None
    Command.objects.filter(pk=row.pk).update(applied_at=Now())


def _root(session: AgentSession) -> AgentSession:
    """Return the main session above; a runner runs it together with its tree."""
    return _root(session.parent) if session.parent else session


def _queue(session: AgentSession) -> None:
    """Queue a session at rest; one that a runner has, or will have, stays as it is."""
    queue = StatusMove.by(StatusCause.MESSAGE, SessionStatus.QUEUED)
    move_status(AgentSession.objects.filter(pk=session.pk), queue)
