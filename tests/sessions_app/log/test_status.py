"""A move of a status, while another connection moves the same session."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection

from sessions_app.commands import requeue as queue
from sessions_app.commands.submit import Refused
from sessions_app.log.leases import lease
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove
from tests.sessions_app.logbook import change, closing_its_connection, row

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
MOVES_OF_ROWS = [
    move
    for cause in StatusCause
    for target in SessionStatus
    if (move := StatusMove.by(cause, target)).sources
]
UPDATE = 'UPDATE "sessions_app_agentsession"'


@contextmanager
def just_before_the_update(change: Callable[[], object]) -> Iterator[None]:
    """Commit a change on a second connection before the first UPDATE of this one."""
    changes = [closing_its_connection(change)]

    def wrapper(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith(UPDATE) and changes:
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(changes.pop()).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield
    assert changes == []


def session_at(status: str, **fields: Any) -> AgentSession:
    return AgentSession.objects.create(title="t", prompt="p", status=status, **fields)


def test_a_move_changes_nothing_once_another_connection_made_it_illegal() -> None:
    """Every move there is, with every status that may have come in between."""
    for move in MOVES_OF_ROWS:
        for between in set(SessionStatus) - move.sources:
            session = session_at(min(move.sources))
            with just_before_the_update(partial(change, session.id, status=between)):
                moved = move_status(AgentSession.objects.filter(id=session.id), move)
            assert (moved, row(session.id).status) == (0, between), move


def test_the_runner_that_lost_a_session_queues_it_only_while_it_is_interrupted() -> (
    None
):
    for between in set(SessionStatus) - {SessionStatus.INTERRUPTED}:
        session = session_at("interrupted")
        with just_before_the_update(partial(change, session.id, status=between)):
            assert not lease.requeue_interrupted(session.id)
        assert row(session.id).status == between


def test_the_runner_that_lost_a_session_leaves_it_to_one_that_has_just_claimed_it() -> (
    None
):
    session = session_at("interrupted")
    taken = str(Lease.new())
    with (
        just_before_the_update(lambda: change(session.id, lease=taken)),
        pytest.raises(lease.NotFree),
    ):
        lease.requeue_interrupted(session.id)
    after = row(session.id)
    assert (after.status, after.lease) == ("interrupted", taken)


def test_a_person_resumes_nothing_that_a_runner_has_just_claimed() -> None:
    session = session_at("interrupted")
    taken = str(Lease.new())
    with (
        just_before_the_update(lambda: change(session.id, lease=taken)),
        pytest.raises(Refused, match="that no runner has"),
    ):
        queue.resume(session.id)
    assert row(session.id).status == "interrupted"


def test_a_person_requeues_nothing_that_its_runner_has_just_released() -> None:
    session = session_at("running", lease=str(Lease.new()))
    with (
        just_before_the_update(lambda: change(session.id, status="idle", lease="")),
        pytest.raises(Refused, match="just released"),
    ):
        queue.requeue(session.id, by="root")
    after = row(session.id)
    assert (after.status, after.lease) == ("idle", "")
