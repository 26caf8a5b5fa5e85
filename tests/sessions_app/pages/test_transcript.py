import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from sessions_app.models import AgentSession, Event

LOG: list[dict[str, Any]] = [
    {"type": "user_message", "text": "Do <b>it</b>", "by": "alice"},
    {"type": "text_delta", "block": "m.0", "offset": 0, "delta": "unread"},
    {"type": "text", "block": "m.0", "text": "I **will**"},
    {"type": "tool_use", "block": "m.1", "toolUseId": "t", "tool": "bash",
     "input": {"command": "ls"}},
    {"type": "tool_result", "toolUseId": "t", "tool": "bash", "output": "a.txt",
     "isError": True, "durationMs": 1},
    {"type": "agent_spawn", "childId": "s_child", "task": "Look", "toolUseId": "t"},
    {"type": "status", "status": "completed"},
]  # fmt: skip


@pytest.fixture
def told(session: AgentSession) -> AgentSession:
    for seq, event in enumerate(LOG, 1):
        data = json.dumps(event | {"seq": seq, "ts": 1000 * seq})
        Event.objects.create(
            session=session, seq=seq, type=event["type"], ts=seq, data=data
        )
    return session


def test_a_time_that_no_calendar_holds_is_the_last_that_it_does(
    as_alice: Client, session: AgentSession
) -> None:
    data = json.dumps(LOG[0] | {"seq": 1, "ts": 2**53 - 1})
    Event.objects.create(
        session=session, seq=1, type="user_message", ts=2**53 - 1, data=data
    )
    page = as_alice.get(f"/sessions/{session.pk}/transcript/").content.decode()
    assert 'datetime="9999-12-31T23:59:59' in page


def test_a_transcript_reads_without_scripts(
    as_alice: Client, told: AgentSession
) -> None:
    page = as_alice.get(f"/sessions/{told.pk}/transcript/").content.decode()
    places = [
        page.index(text)
        for text in (
            "Do &lt;b&gt;it&lt;/b&gt;", "I **will**", "&quot;command&quot;", "a.txt",
            "/sessions/s_child/transcript/", "Now completed",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert "unread" not in page
    assert f"/sessions/{told.pk}/transcript/" in (
        as_alice.get(f"/sessions/{told.pk}/").content.decode()
    )


def test_a_long_transcript_is_read_backwards_in_pages(
    as_alice: Client, told: AgentSession, settings: Settings
) -> None:
    settings.TRANSCRIPT_MAX_ROWS = 2
    before = ""
    seen: list[int] = []
    while True:
        page = as_alice.get(f"/sessions/{told.pk}/transcript/?before={before}")
        seen = [passage.seq for passage in page.context["passages"]] + seen
        before = page.context["more"]
        if not before:
            break
    assert seen == [1, 3, 4, 5, 6, 7]


def test_a_transcript_is_for_those_who_may_see_the_session(
    client: Client, as_bob: Client, told: AgentSession
) -> None:
    path = f"/sessions/{told.pk}/transcript/"
    assert as_bob.get(path).status_code == 404
    assert client.get(path)["Location"].startswith("/signin/")


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 19, "9" * 4000])
def test_a_place_that_is_none_leads_to_the_end(
    as_alice: Client, told: AgentSession, before: str
) -> None:
    page = as_alice.get(f"/sessions/{told.pk}/transcript/", {"before": before})
    assert page.context["passages"]
