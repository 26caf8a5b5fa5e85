import pytest

from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.durable_stream.door import DurableStreamDoor
from sessions_app.delivery.event_stream.door import Application, EventStreamDoor
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.whole_log.door import WholeLogDoor
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.history.search import table as search_table
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.delivery.event_stream.listener import Listener, no_application
from tests.sessions_app.logbook import elsewhere, until
from tests.sessions_app.test_doors import ID, ROWS, Person

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _empty(transactional_db: None) -> None:
    search_table.forget_all()


WHOLE = "API: all events"
LIVE = {
    "events stream": f"/api/v1/sessions/{ID}/events",
    "durable stream: live": f"/api/v1/stream/{ID}?offset=-1&live=sse",
}


@pytest.mark.parametrize("who", ROWS)
async def test_event_streams_are_as_documented(who: str) -> None:
    person = await elsewhere(Person, who)
    token = ""
    if person.user is not None:
        token = await elsewhere(issue, person.user, "doors", set(Scope), None)
    feed = Feed()
    guard = Guard(feed.reader)
    database = DatabaseCheck()
    streams = EventStreamDoor(no_application, feed, guard, database)
    log = WholeLog()
    doors = DurableStreamDoor(WholeLogDoor(streams, streams, log), streams)
    opened = {}
    for door, address in LIVE.items():
        listener = Listener()
        listener.open(doors, address, token)
        opened[door] = await listener.answered()
    opened[WHOLE] = await shown(doors, token)
    for close in (log.close, streams.close, guard.close, feed.close, database.close):
        await close()
    assert opened == {door: ROWS[who][door] for door in (*LIVE, WHOLE)}


async def shown(door: Application, token: str) -> str:
    """Tell whether the session is in the stream of all, or why there is none."""
    listener = Listener()
    listener.open(door, "/api/v1/events?after=0", token)
    await until(lambda: listener.status)
    if listener.status != 200:
        await listener.ended()
        return str(listener.status)
    await listener.has("live")
    await listener.close()
    ids = {one.data["sessionId"] for one in listener.events}
    return "yes" if ID in ids else "no"
