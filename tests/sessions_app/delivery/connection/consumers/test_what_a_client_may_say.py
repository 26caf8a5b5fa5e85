import json

import pytest
from django.conf import LazySettings

from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import append_deltas
from tests.sessions_app.tab import Open

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"type":"nonsense"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","session":1}',
        '{"type":"ack"}',
        '{"type":"ack","frames":"1"}',
        '{"type":"ack","frames":1}',
        json.dumps({"type": "ping", "x": "x" * 20_000}),
        '{"type":' * 5000,
        '{"type":"ping","x":"\ud800"}',
    ],
    ids=lambda text: ascii(text[:40]),
)
async def test_what_is_not_of_the_protocol_ends_the_connection(
    open_tab: Open, text: str
) -> None:
    tab = open_tab()
    tab.send(text)
    assert await tab.closes() == 4400


async def test_binary_frames_end_the_connection(open_tab: Open) -> None:
    tab = open_tab()
    tab.send(None, b'{"type":"ping"}')
    assert await tab.closes() == 4400


async def test_one_ack_too_many_ends_the_connection(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    await append_deltas(log, session, 3)
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await tab.reaches(session.id, 3)
    count = len(tab.of("events"))
    tab.ack(count)
    tab.ack(count)  # cumulative: the same again says nothing new
    tab.ack(0)
    tab.say("ping")
    await tab.hears("pong")
    tab.ack(count + 1)
    assert await tab.closes() == 4400


async def test_too_many_requests_at_once_end_the_connection(
    open_tab: Open, settings: LazySettings
) -> None:
    settings.SUBSCRIPTIONS_MAX = 3
    tab = open_tab()
    for _ in range(20):
        tab.subscribe("s_none")
    assert await tab.closes() == 4400


@pytest.mark.parametrize(
    ("type_", "fields"), [("ping", {}), ("ack", {"frames": 0})], ids=["pings", "acks"]
)
async def test_frames_that_only_cost_us_are_counted(
    open_tab: Open, settings: LazySettings, type_: str, fields: dict[str, int]
) -> None:
    settings.CLIENT_FRAMES_BURST = 5
    settings.CLIENT_FRAMES_PER_S = 0
    tab = open_tab()
    for _ in range(6):
        tab.say(type_, **fields)
    assert await tab.closes() == 4400


async def test_a_ping_is_answered(open_tab: Open) -> None:
    tab = open_tab()
    tab.say("ping")
    await tab.hears("pong")
