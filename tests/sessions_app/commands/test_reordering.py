from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connections

from sessions_app.commands.message_claim import take_messages
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.commands.waiting_messages import ids_of_waiting
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Prompt, Reorder, Withdraw
from sessions_app.protocol.events import Status
from sessions_app.protocol.status import SessionStatus
from tests.sessions_app.logbook import row, write_log

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
ROUNDS = 12


@pytest.fixture
def session(alice: User) -> AgentSession:
    session = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", status="completed"
    )
    write_log(session, Status(status=SessionStatus.COMPLETED))
    return session


def say(session: AgentSession, *texts: str) -> list[str]:
    """Send messages; return their ids."""
    return [
        str(submit_command(session.pk, session.owner, text, Prompt(text=text)).pk)
        for text in texts
    ]


def order(session: AgentSession, *ids: str, key: str = "order") -> Command:
    reorder = Reorder(command_ids=list(ids))
    return submit_command(session.pk, session.owner, key, reorder)


def test_messages_are_read_in_the_order_that_they_were_given(
    session: AgentSession, alice: User
) -> None:
    one, two, three = say(session, "one", "two", "three")
    done = order(session, three, one, two)
    done.refresh_from_db()
    assert (done.by, done.type) == (alice, "reorder")
    assert done.applied_at is not None  # no runner waits for it
    (late,) = say(session, "late")
    assert ids_of_waiting([session.pk]) == {session.pk: [three, one, two, late]}
    submit_command(session.pk, alice, "back", Withdraw(command_id=one))
    order(session, two, three, late, key="again")
    wanted = [int(id_) for id_ in (two, three, late)]
    assert take_messages([int(id_) for id_ in (one, two, three, late)]) == wanted


def test_messages_that_have_changed_meanwhile_are_not_reordered(
    session: AgentSession,
) -> None:
    one, two, three = say(session, "one", "two", "three")
    before = row(session.pk).updated_at
    take_messages([int(one)])
    for ids in ((three, two, one), (two,), (two, three, three), (two, "x"), ()):
        with pytest.raises(Refused, match="have changed"):
            order(session, *ids)
    assert row(session.pk).updated_at == before  # nobody is told of nothing
    order(session, three, two)
    assert ids_of_waiting([session.pk]) == {session.pk: [one, three, two]}
    assert row(session.pk).updated_at > before


def test_a_runner_that_takes_messages_meanwhile_has_them_in_the_one_order_or_the_other(
    session: AgentSession,
) -> None:
    for number in range(ROUNDS):
        texts = [f"{number} {text}" for text in ("one", "two", "three")]
        ids = say(session, *texts)
        gate = Barrier(2)

        def take(ids: list[str] = ids, gate: Barrier = gate) -> list[int]:
            gate.wait()
            try:
                return take_messages([int(id_) for id_ in ids])
            finally:
                connections.close_all()

        def turn(ids: list[str] = ids, gate: Barrier = gate) -> bool:
            gate.wait()
            try:
                order(session, *reversed(ids), key=f"order {ids[0]}")
            except Refused:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(2) as threads:
            taken, is_turned = threads.submit(take), threads.submit(turn)
            wanted = ids[::-1] if is_turned.result() else ids
            assert taken.result() == [int(id_) for id_ in wanted]
        taken_rows = Command.objects.filter(pk__in=ids)
        taken_rows.update(applied_at=session.created_at)
