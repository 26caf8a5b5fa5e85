from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from sessions_app.log.commit import INSERT_MAX_ROWS, CommitEntry, CommitGroup, commit
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession, Command
from tests.sessions_app.logbook import at_once, change, held_session, row, stored

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


def group(
    session: AgentSession,
    count: int = 1,
    after: int = 0,
    lease: str | None = None,
    stream: str = "",
    **changes: object,
) -> CommitGroup:
    return CommitGroup(
        session_id=session.id,
        lease=session.lease if lease is None else lease,
        after=after,
        up_to=after + count,
        entries=tuple(
            CommitEntry(seq, "text_delta", stream, 1, f'{{"seq":{seq}}}')
            for seq in range(after + 1, after + count + 1)
        ),
        changes=changes,
        applied=(),
    )


def test_groups_are_written_together(one: AgentSession, two: AgentSession) -> None:
    assert commit([group(one, 2, title="new"), group(two, 3)]) == [True, True]
    assert [seq for seq, _ in stored(one.id)] == [1, 2]
    assert [seq for seq, _ in stored(two.id)] == [1, 2, 3]
    assert (row(one.id).title, row(one.id).head_seq) == ("new", 2)
    assert row(two.id).head_seq == 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it is SQLite's short way")
def test_plain_groups_take_four_statements(
    one: AgentSession, two: AgentSession
) -> None:
    said: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(said.append)
    try:
        assert commit([group(one, 2), group(two, 3)]) == [True, True]
    finally:
        connection.connection.set_trace_callback(None)
    assert [line.split()[0] for line in said] == ["BEGIN", "UPDATE", "INSERT", "COMMIT"]


def test_a_group_that_is_written_already_is_not_written_again(
    one: AgentSession,
) -> None:
    # As when a COMMIT had succeeded and only its answer was lost.
    again = group(one, 3, title="new")
    assert commit([again]) == [True]
    change(one.id, title="changed since")
    assert commit([again]) == [True]
    assert [seq for seq, _ in stored(one.id)] == [1, 2, 3]
    assert row(one.id).title == "changed since"


def test_the_rest_of_a_commit_whose_answer_was_lost_counts_too(
    one: AgentSession, two: AgentSession
) -> None:
    both = [group(one), group(two, lease="another")]
    assert commit(both) == [True, False]
    assert commit(both) == [True, False]
    assert stored(two.id) == []


@pytest.mark.parametrize(
    "fields", [{"lease": "another"}, {"lease": ""}, {"after": 1}, {"after": 5}]
)
@pytest.mark.parametrize("changes", [{}, {"title": "new"}], ids=["plain", "change"])
def test_a_fenced_group_writes_nothing(
    one: AgentSession,
    two: AgentSession,
    fields: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    bad = group(one, 2, **changes, **fields)
    assert commit([bad, group(two)]) == [False, True]
    assert stored(one.id) == []
    assert row(one.id).title == one.title
    assert row(one.id).head_seq == 0
    assert len(stored(two.id)) == 1


def test_a_head_that_only_looks_right_is_not_mine(one: AgentSession) -> None:
    # Another runner has written as much as I wanted to.
    assert commit([group(one, 2)]) == [True]
    change(one.id, lease="another")
    assert commit([group(one, 2)]) == [False]


def test_a_session_that_is_gone_is_fenced(one: AgentSession) -> None:
    AgentSession.objects.all().delete()
    assert commit([group(one)]) == [False]


@pytest.mark.parametrize("changes", [{}, {"title": "new"}], ids=["plain", "change"])
def test_what_fails_leaves_nothing_of_the_whole_commit(
    one: AgentSession, two: AgentSession, changes: dict[str, object]
) -> None:
    same_seq_twice = group(two).entries * 2
    bad = CommitGroup(two.id, two.lease, 0, 2, same_seq_twice, {}, ())
    with pytest.raises(DatabaseError):
        commit([group(one, 1, 0, None, "", **changes), bad])
    assert stored(one.id) == stored(two.id) == []
    assert row(one.id).title == one.title


def test_a_group_of_many_statements_is_one(one: AgentSession) -> None:
    assert commit([group(one, 2 * INSERT_MAX_ROWS + 1)]) == [True]
    assert len(stored(one.id)) == 2 * INSERT_MAX_ROWS + 1


def test_commands_are_marked_in_the_same_transaction(one: AgentSession) -> None:
    command = Command.objects.create(session=one, key="k", type="prompt", data="")
    plain = group(one)
    applying = CommitGroup(
        one.id, one.lease, 0, 1, plain.entries, {"model": "m"}, (command.pk,)
    )
    assert commit([applying]) == [True]
    command.refresh_from_db()
    assert command.applied_at is not None
    assert row(one.id).model == "m"


def test_of_two_writers_with_one_lease_and_head_one_is_written(
    one: AgentSession,
) -> None:
    def write(after: int, number: int) -> list[bool]:
        return commit([group(one, number + 1, after)])

    for after in range(0, 15, 3):
        written = at_once(3, partial(write, after))
        assert written.count([True]) == 1
        head = after + 1 + written.index([True])
        assert row(one.id).head_seq == head == stored(one.id)[-1][0]
        change(one.id, head_seq=after + 3)


def test_a_takeover_amid_a_commit_comes_before_all_of_it_or_after(
    one: AgentSession,
) -> None:
    for _ in range(12):
        holder = row(one.id)
        late = group(holder, 3, after=holder.head_seq)

        def race(
            who: int, holder: AgentSession = holder, late: CommitGroup = late
        ) -> list[bool] | AgentSession | None:
            return lease.seize(holder) if who else commit([late])

        written, taken = at_once(2, race)
        assert isinstance(taken, AgentSession)
        assert taken.head_seq == (late.up_to if written == [True] else late.after)
        assert len(stored(one.id)) == row(one.id).head_seq == taken.head_seq
        assert commit([late]) == [False]  # whatever became of it before
        assert commit([group(taken, after=taken.head_seq)]) == [True]


def test_two_processes_that_meet_on_the_same_sessions_both_get_on() -> None:
    sessions = [held_session(id=f"s_{number}") for number in range(6)]

    def write(who: int) -> int:
        mine = sessions[who * 2 : who * 2 + 4]  # they share two
        for after in range(0, 20, 2):
            commit([group(session, 1, after, title=str(who)) for session in mine])
            commit([group(session, 1, after + 1) for session in mine])
        return 1

    assert at_once(2, write) == [1, 1]
    for session in sessions:
        rows = stored(session.id)
        assert [seq for seq, _ in rows] == list(range(1, row(session.id).head_seq + 1))
