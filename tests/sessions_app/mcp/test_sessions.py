"""Clients that have a session: what bounds them, and what ends them."""

from typing import Any

import pytest
from django.conf import LazySettings

from sessions_app.mcp.clients.opening import wants_session
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.logbook import elsewhere, until
from tests.sessions_app.mcp.caller import McpCaller
from tests.sessions_app.test_doors import Person

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _sessions(settings: LazySettings) -> None:
    settings.MCP_SESSIONS = True


async def tokens() -> tuple[str, str]:
    person = await elsewhere(Person, "admin")
    one = await elsewhere(issue, person.user, "one", {Scope.READ}, None)
    return one, await elsewhere(issue, person.user, "two", {Scope.READ}, None)


async def test_session_is_for_clients_that_can_be_asked_alone() -> None:
    clients: list[dict[str, Any]] = [
        {},
        {"roots": {}},
        {"elicitation": {}},
        {"sampling": {}},
    ]
    async with McpCaller((await tokens())[0]) as caller:
        opened = [bool(await caller.open(**capabilities)) for capabilities in clients]
    assert opened == [False, False, True, True]


def test_nesting_that_is_too_deep_opens_no_session() -> None:
    assert not wants_session(b"[" * 100_000)


async def test_setting_turns_sessions_off(settings: LazySettings) -> None:
    settings.MCP_SESSIONS = False
    async with McpCaller((await tokens())[0]) as caller:
        assert (await caller.open(elicitation={}), caller.status) == ("", 200)


async def test_session_is_its_tokens_alone_and_is_over_when_it_says_so() -> None:
    one, two = await tokens()
    async with McpCaller(one) as caller:
        session = await caller.open(elicitation={})
        other = McpCaller(two)
        other.knock_at(caller)
        assert await other.ping(session) == 404
        assert await caller.ping(session) == 200
        ended = await caller.ask("DELETE", **{"Mcp-Session-Id": session})
        assert ended.status_code == 200
        assert await caller.ping(session) == 404
        assert await caller.ping("80-unknown") == 404
        await other.leave()


async def test_token_that_opens_more_loses_the_one_idle_longest(
    settings: LazySettings,
) -> None:
    settings.MCP_SESSIONS_OF_TOKEN_MAX = 2
    one, two = await tokens()
    async with McpCaller(one) as caller:
        other = McpCaller(two)
        other.knock_at(caller)
        theirs = await other.open(elicitation={})
        first, second = [await caller.open(elicitation={}) for _ in range(2)]
        assert await caller.ping(first) == 200  # so the second is idle longer
        third = await caller.open(elicitation={})
        statuses = [await caller.ping(each) for each in (first, second, third)]
        assert statuses == [200, 404, 200]
        assert await other.ping(theirs) == 200
        await other.leave()


async def test_sessions_in_use_are_not_taken_from_a_token(
    settings: LazySettings,
) -> None:
    settings.MCP_SESSIONS_OF_TOKEN_MAX = 1
    async with McpCaller((await tokens())[0]) as caller:
        session = await caller.open(elicitation={})
        async with caller.stream(session) as stream:
            assert stream.status_code == 200
            assert (await caller.open(elicitation={}), caller.status) == ("", 429)
        assert await caller.ping(session) == 200


async def test_sessions_are_bounded_in_all(settings: LazySettings) -> None:
    settings.MCP_SESSIONS_MAX = 1
    one, two = await tokens()
    async with McpCaller(one) as caller:
        session = await caller.open(elicitation={})
        other = McpCaller(two)
        other.knock_at(caller)
        assert (await other.open(elicitation={}), other.status) == ("", 503)
        await caller.ask("DELETE", **{"Mcp-Session-Id": session})
        assert await other.open(elicitation={})
        await other.leave()


async def test_session_that_is_idle_ends(settings: LazySettings) -> None:
    settings.MCP_SESSION_IDLE_S = 0.05
    async with McpCaller((await tokens())[0]) as caller:
        session = await caller.open(elicitation={})
        await until(lambda: caller.sessions == 0)
        assert await caller.ping(session) == 404


async def test_subscriptions_of_a_session_are_bounded(
    settings: LazySettings,
) -> None:
    settings.MCP_SUBSCRIPTIONS_MAX = 1
    async with McpCaller((await tokens())[0]) as caller:
        session = await caller.open(elicitation={})
        answers = [
            await caller.answer_in(session, "resources/subscribe", uri=uri)
            for uri in ("ringside://approvals", "ringside://sessions/s_doors")
        ]
    assert "result" in answers[0]
    assert "at most 1" in answers[1]["error"]["message"]
