import json

import pytest

from sessions_app.log.batch import Batch
from sessions_app.log.committer import LeaseLost
from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from sessions_app.protocol.events import TextDelta
from tests.sessions_app.logbook import (
    Gate,
    change,
    check_continuity,
    delta,
    elsewhere,
    row,
    stored,
    ticks,
    until,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_a_fenced_writer_drops_out_and_the_others_go_on(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch]
) -> None:
    first, second = writer_of(log, one), writer_of(log, two)
    await elsewhere(change, one.id, lease="somebody else's")
    await first.append(delta("a"), changes={"title": "mine"})
    await second.append(delta("b"))
    await second.flush()
    with pytest.raises(LeaseLost):
        await first.flush()
    with pytest.raises(LeaseLost):
        await first.append(delta("c"))
    assert await elsewhere(stored, one.id) == []
    assert (await elsewhere(row, one.id)).title == one.title
    assert {batch.session_id for batch in published} == {two.id}
    assert second.committed == 1


async def test_a_writer_whose_head_has_moved_is_fenced(
    log: Log, one: AgentSession
) -> None:
    late = writer_of(log, one)
    other = writer_of(log, one)
    await other.append(delta("a"), delta("b"))
    await other.flush()
    await late.append(delta("c"))
    with pytest.raises(LeaseLost):
        await late.flush()
    assert len(await elsewhere(stored, one.id)) == 2


async def test_an_old_and_a_new_writer_of_one_session_do_not_mix(
    log: Log, one: AgentSession
) -> None:
    old = writer_of(log, one)
    await elsewhere(change, one.id, lease="new")
    new = log.writer(one.id, "new", 0)
    await old.append(delta("old"))
    await new.append(delta("new"))
    await new.flush()
    with pytest.raises(LeaseLost):
        await old.flush()
    ((_, data),) = await elsewhere(stored, one.id)
    assert json.loads(data)["delta"] == "new"


async def test_a_group_that_is_in_the_log_already_counts_as_written(
    log: Log, one: AgentSession, published: list[Batch]
) -> None:
    # As after a COMMIT whose answer was lost: same lease, head moved, same rows.
    event = TextDelta(block="b", offset=0, delta="a", ts=1)
    async with Log(lambda _: None) as other:
        await writer_of(other, one).append(event)
    writer = writer_of(log, one)
    await writer.append(event)
    await writer.flush()
    assert writer.committed == 1
    check_continuity(published, await elsewhere(stored, one.id))
    await writer.append(delta("b"))
    await writer.flush()
    check_continuity(published, await elsewhere(stored, one.id))


async def test_what_is_fenced_is_not_written_along_with_another_writers(
    log: Log, one: AgentSession, two: AgentSession, gate: Gate
) -> None:
    """Both wait for the same commit; one of them would be let in by the other."""
    gate.shut()
    await writer_of(log, two).append(delta("0"))
    await until(lambda: gate.came)
    former = log.writer(one.id, one.lease, 5)
    await former.append(delta("former"))
    now = writer_of(log, one)
    await now.append(delta("now"))
    await ticks()
    gate.open()
    await now.flush()
    with pytest.raises(LeaseLost):
        await former.flush()
    assert [seq for seq, _ in await elsewhere(stored, one.id)] == [1]
