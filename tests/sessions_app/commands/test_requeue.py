import pytest

from sessions_app.commands import requeue as queue
from sessions_app.commands.submit import Refused
from sessions_app.log.committer import LeaseLost
from sessions_app.log.log import Log
from sessions_app.models import AgentSession, Event
from tests.sessions_app.logbook import change, delta, elsewhere, held_session, row

pytestmark = pytest.mark.usefixtures("transactional_db")


def requeue(session_id: str) -> None:
    queue.requeue(session_id, by="root")


async def test_requeued_session_is_fenced_off_from_its_runner() -> None:
    session = await elsewhere(held_session)
    async with Log(lambda batch: None) as log:
        writer = log.writer(session.id, session.lease, 0)
        await writer.append(delta("before"))
        await writer.flush()
        await elsewhere(requeue, session.id)
        await writer.append(delta("after"))
        with pytest.raises(LeaseLost):
            await writer.flush()
    after = await elsewhere(row, session.id)
    assert (after.status, after.lease) == ("queued", "")
    events = await elsewhere(lambda: list(Event.objects.order_by("seq")))
    assert [event.type for event in events] == ["text_delta", "status"]
    assert "taken from its runner by root" in events[1].data


async def test_sub_agents_are_taken_too() -> None:
    root = await elsewhere(held_session)
    child = await elsewhere(held_session, parent_id=root.id)
    over = await elsewhere(
        held_session, parent_id=root.id, status="completed", lease=""
    )
    await elsewhere(requeue, root.id)
    found = [await elsewhere(row, session.id) for session in (root, child, over)]
    assert [(s.status, s.lease) for s in found] == [
        ("queued", ""),
        ("interrupted", ""),
        ("completed", ""),
    ]


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_has_just_ended_is_released_and_does_not_run_again(status: str) -> None:
    root = held_session(status=status)
    child = held_session(parent_id=root.id, status="completed")
    with pytest.raises(Refused, match="just ended"):
        requeue(root.id)
    found = [row(session.id) for session in (root, child)]
    assert [(s.status, s.lease) for s in found] == [(status, ""), ("completed", "")]
    assert not Event.objects.exists()


def test_only_what_a_runner_has_is_requeued() -> None:
    free = AgentSession.objects.create(title="t", prompt="p", status="idle")
    with pytest.raises(Refused, match="a runner has"):
        requeue(free.id)


@pytest.mark.parametrize(("engine", "why"), [("exec", "runagent"), ("recording", "a")])
def test_what_no_queue_runner_takes_is_not_queued(engine: str, why: str) -> None:
    session = held_session(engine=engine, status="running")
    with pytest.raises(Refused, match=why):
        requeue(session.id)
    assert row(session.id).lease == session.lease
    change(session.id, status="interrupted", lease="")
    with pytest.raises(Refused, match=why):
        queue.resume(session.id)
    assert row(session.id).status == "interrupted"


@pytest.mark.parametrize("status", ["completed", "cancelled", "running", "queued"])
def test_only_what_was_cut_short_is_resumed(status: str) -> None:
    session = AgentSession.objects.create(title="t", prompt="p", status=status)
    with pytest.raises(Refused, match=f"The session is {status}"):
        queue.resume(session.id)
    assert row(session.id).status == status
