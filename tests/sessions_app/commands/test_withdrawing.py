from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connections

from sessions_app.commands.message_claim import take_messages
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Prompt, Withdraw
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import SessionStatus
from tests.sessions_app.logbook import change, row, write_log

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
ROUNDS = 12


def at_rest(owner: User) -> AgentSession:
    session = AgentSession.objects.create(
        owner=owner, title="t", prompt="p", status="completed"
    )
    write_log(session, Status(status=SessionStatus.COMPLETED))
    return session


def say(session: AgentSession, text: str, key: str) -> Command:
    return submit_command(session.pk, session.owner, key, Prompt(text=text))


def take_back(session: AgentSession, message: Command, key: str) -> Command:
    withdraw = Withdraw(command_id=str(message.pk))
    return submit_command(session.pk, session.owner, key, withdraw)


def test_a_withdrawn_message_is_never_taken_and_the_withdrawal_is_on_record(
    alice: User,
) -> None:
    session = at_rest(alice)
    message = say(session, "wrong", "k1")
    assert row(session.pk).status == "queued"
    withdrawal = take_back(session, message, "k2")
    assert take_messages([message.pk]) == []
    assert row(session.pk).status == "completed"  # nothing is left to be run for
    withdrawal.refresh_from_db()
    assert (withdrawal.by, withdrawal.type) == (alice, "withdraw")
    assert withdrawal.applied_at is not None  # no runner waits for it
    assert take_back(session, message, "k2") == withdrawal  # asked twice: one
    with pytest.raises(Refused, match="read this message already"):
        take_back(session, message, "k3")


def test_a_session_stays_queued_for_what_else_waits(alice: User) -> None:
    session = at_rest(alice)
    first, _ = say(session, "one", "k1"), say(session, "two", "k2")
    take_back(session, first, "k3")
    assert row(session.pk).status == "queued"


def test_only_a_message_of_the_session_that_nobody_took_can_be_withdrawn(
    alice: User,
) -> None:
    session, other = at_rest(alice), at_rest(alice)
    message, elsewhere = say(session, "one", "k1"), say(other, "two", "k2")
    assert take_messages([message.pk]) == [message.pk]
    assert take_messages([message.pk]) == [message.pk]  # by the next runner, too
    with pytest.raises(Refused, match="read this message already"):
        take_back(session, message, "k3")
    for stranger in (elsewhere.pk, 10**17, "9" * 30, "x", "", "٣"):
        withdraw = Withdraw(command_id=str(stranger))
        with pytest.raises(Refused, match="has no such message"):
            submit_command(session.pk, alice, f"k{stranger}"[:64], withdraw)
    change(session.pk, status="waiting", lease="l")
    answer = Command.objects.create(
        session=session, key="a", type=Approve.wire_type(), data="{}", by=alice
    )
    with pytest.raises(Refused, match="has no such message"):
        take_back(session, answer, "k4")


def test_of_a_runner_and_a_person_at_once_exactly_one_has_the_message(
    alice: User,
) -> None:
    session = at_rest(alice)
    outcomes = []
    for number in range(ROUNDS):
        message = say(session, f"message {number}", f"say{number}")
        gate = Barrier(2)

        def take(message: Command = message, gate: Barrier = gate) -> bool:
            gate.wait()
            try:
                return message.pk in take_messages([message.pk])
            finally:
                connections.close_all()

        def back(message: Command = message, gate: Barrier = gate) -> bool:
            gate.wait()
            try:
                take_back(session, message, f"back{message.pk}")
            except Refused:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(2) as threads:
            taken, withdrawn = threads.submit(take), threads.submit(back)
            outcomes.append((taken.result(), withdrawn.result()))
        Command.objects.filter(pk=message.pk).update(applied_at=message.created_at)
    assert all(taken is not withdrawn for taken, withdrawn in outcomes), outcomes
