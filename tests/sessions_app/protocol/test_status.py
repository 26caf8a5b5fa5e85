import pytest

from sessions_app.protocol.status import (
    ACTIVE,
    AT_REST,
    MOVES,
    IllegalMove,
    SessionStatus,
    StatusCause,
    StatusMove,
    first_status,
)


def test_every_cause_has_its_moves_and_every_status_is_reached_and_left() -> None:
    assert set(MOVES) == set(StatusCause)
    moves = [
        (before, after)
        for table in MOVES.values()
        for before, targets in table.items()
        for after in targets
    ]
    assert {after for _, after in moves} == set(SessionStatus)
    assert {before for before, _ in moves} == {None, *SessionStatus}


def test_two_moves_are_one_from_where_the_first_began() -> None:
    rest = StatusMove.by(StatusCause.RUN, SessionStatus.IDLE)
    again = StatusMove.by(StatusCause.RUN, SessionStatus.RUNNING)
    assert rest.sources == ACTIVE
    assert again.sources == set(SessionStatus)
    assert rest.then(again) == StatusMove(StatusCause.RUN, again.target, ACTIVE)
    with pytest.raises(IllegalMove, match="run: idle to idle"):
        rest.then(rest)


def test_a_session_begins_only_as_the_table_says() -> None:
    status = SessionStatus.COMPLETED
    assert first_status(StatusCause.IMPORT, status) == "completed"
    with pytest.raises(IllegalMove, match="no session begins as completed"):
        first_status(StatusCause.CREATION, status)


def test_a_message_queues_what_is_at_rest_and_nothing_else() -> None:
    queue = StatusMove.by(StatusCause.MESSAGE, SessionStatus.QUEUED)
    assert queue.sources == AT_REST
