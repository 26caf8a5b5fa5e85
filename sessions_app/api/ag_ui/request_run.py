import hashlib
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User

from sessions_app.api.ag_ui.answers import address_of_answer, command_of
from sessions_app.api.ag_ui.run_input import InputAnswer, RunInput, text_of
from sessions_app.api.ag_ui.run_start import (
    AWAITS,
    after_last_run,
    awaiting,
    before_message,
    first_event,
    present,
)
from sessions_app.api.commands import KEY, check_text
from sessions_app.api.errors import ApiError, find
from sessions_app.commands.open_approvals import pending_approvals
from sessions_app.commands.submit import FromPeople, Refused, submit_command
from sessions_app.delivery.ag_ui.plan import RunPlan
from sessions_app.delivery.ag_ui.position import Position
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.people.rights import may_control
from sessions_app.protocol.commands import Prompt


@dataclass(frozen=True, slots=True)
class RunCaller:
    """Who asks for a run, and from where."""

    user: User
    address: str | None


def plan_first_run(session: AgentSession, asked: RunInput) -> RunPlan:
    """Plan the first run of a session that the request's own message has started."""
    at = replace(first_event(session), marks=(AWAITS,))
    return _plan(session, asked, at)


def request_run(caller: RunCaller, session: AgentSession, asked: RunInput) -> RunPlan:
    """Store the message and the answers that a request brings, and plan its run.

    Raises ApiError.
    """
    last = after_last_run(session, asked.cursor)
    # Read before anything is stored: so what comes of it is in the run.
    at = last or present(caller.user, session)
    answers = asked.resume or []
    for answer in answers:
        _answer(caller, answer)
    answered = tuple(answer.interrupt_id for answer in answers)
    message = asked.new_message
    if message is None:
        if not last and not answers:
            at = first_event(session)
        return _plan(session, asked, at, answered=answered)
    text = text_of(message)
    check_text(text)
    command_id = _submit(caller, session, key_of(message.id), Prompt(text=text))
    if last is None:
        at = before_message(session, command_id, at)
    return _plan(
        session, asked, awaiting(at, session, command_id), command_id, answered
    )


def key_of(name: str) -> str:
    """Make an Idempotency-Key of a client's id: what is sent twice counts once."""
    if KEY.fullmatch(name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()


def _answer(caller: RunCaller, answer: InputAnswer) -> None:
    """Store an answer, unless somebody has answered meanwhile."""
    session_id, call = address_of_answer(answer)
    session = find(caller.user, session_id)
    command = command_of(answer, call)
    if any(ask.tool_use_id == call for ask in pending_approvals([session_id])):
        _submit(caller, session, key_of(answer.interrupt_id), command)


def _submit(
    caller: RunCaller, session: AgentSession, key: str, command: FromPeople
) -> str:
    if not may_control(caller.user, session):
        raise ApiError(403, "You may watch this session, but not control it.")
    try:
        row = submit_command(session.pk, caller.user, key, command, caller.address)
    except Refused as error:
        raise ApiError(409, str(error)) from None
    async_to_sync(nudge_runners)()
    return str(row.pk)


def _plan(
    session: AgentSession,
    asked: RunInput,
    at: Position,
    command_id: str = "",
    answered: tuple[str, ...] = (),
) -> RunPlan:
    return RunPlan(
        session_id=session.pk,
        thread_id=asked.thread_id,
        run_id=asked.run_id,
        start=at.text(),
        command_id=command_id,
        answered=answered,
    )
