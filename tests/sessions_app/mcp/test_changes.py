"""Agents that are told what changes, and how long something takes, by a real server."""

import asyncio
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from tests.conftest import Install
from tests.servers.process import PATIENCE_S
from tests.servers.stack import SQLITE
from tests.sessions_app.mcp.agent_desk import AgentDesk, call, wait

# The SDK says so of what clients up to 2025-11-25 do.
pytestmark = pytest.mark.filterwarnings("ignore:resources/.* is removed as of")
PROMPT = "[scenario: follow_up] "


@pytest.fixture(scope="module")
def desk(install_for_module: Install) -> AgentDesk:
    installation = install_for_module(SQLITE)
    return AgentDesk.at(installation, installation.serve())


async def answer(context: Any, params: Any) -> Any:
    raise AssertionError("nothing was to be asked")


async def rested(agent: Any, prompt: str) -> str:
    """Start a session; return its id once it rests."""
    started = await call(agent, "start_session", prompt=PROMPT + prompt)
    await wait(agent, started["id"])
    return str(started["id"])


class Heard:
    """The addresses that a client was told of."""

    def __init__(self) -> None:
        self.uris: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, message: Any) -> None:
        if getattr(message, "method", "") == "notifications/resources/updated":
            await self.uris.put(message.params.uri)

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return await self.uris.get()


@pytest.mark.parametrize("door", ["http", "stdio"])
async def test_subscriber_hears_of_its_session_and_of_no_other(
    desk: AgentDesk, door: str
) -> None:
    heard = Heard()
    options = {"message_handler": heard, "elicitation_callback": answer}
    opened = (
        desk.by_http("legacy", **options)
        if door == "http"
        else desk.on_stdio(mode="legacy", **options)
    )
    async with opened as agent:
        one, two = await rested(agent, "one"), await rested(agent, "two")
        uris = [f"ringside://sessions/{session}" for session in (one, two)]
        for uri in uris:
            await agent.subscribe_resource(uri)
        await agent.unsubscribe_resource(uris[1])
        await call(agent, "send_message", session=two, text="Go on")
        await wait(agent, two)
        await call(agent, "send_message", session=one, text="Go on")
        assert await heard.next() == uris[0]
        await wait(agent, one)
    assert set(heard.uris._queue) <= {uris[0]}  # type: ignore[attr-defined]


async def test_subscriber_is_refused_what_it_may_not_see(desk: AgentDesk) -> None:
    async with desk.by_http("legacy", elicitation_callback=answer) as agent:
        with pytest.raises(MCPError, match="no such session"):
            await agent.subscribe_resource("ringside://sessions/s_nope")


async def test_listener_hears_of_its_session_and_of_new_ones(desk: AgentDesk) -> None:
    async with desk.by_http("2026-07-28") as agent:
        session = await rested(agent, "listen")
        uri = f"ringside://sessions/{session}"
        wanted = [uri, "ringside://sessions/s_nope"]
        async with agent.listen(
            resources_list_changed=True, resource_subscriptions=wanted
        ) as changes:
            assert changes.honored.resource_subscriptions == [uri]
            await call(agent, "start_session", prompt=PROMPT + "another")
            await call(agent, "send_message", session=session, text="Go on")
            heard = set()
            async with asyncio.timeout(PATIENCE_S):
                async for change in changes:
                    heard.add(getattr(change, "uri", "new"))
                    if heard == {uri, "new"}:
                        break


async def test_revoked_token_is_told_nothing_more(desk: AgentDesk) -> None:
    async with desk.by_http("2026-07-28") as agent:
        session = await rested(agent, "revoked")
        uri = f"ringside://sessions/{session}"
        async with agent.listen(resource_subscriptions=[uri]) as changes:
            printed = desk.installation.manage("token", "list")
            numbers = [
                line.split()[0] for line in printed.splitlines() if "agent" in line
            ]
            desk.installation.manage("token", "revoke", numbers[0])
            async with asyncio.timeout(PATIENCE_S):
                assert [change async for change in changes] == []


async def test_wait_reports_progress(install_for_module: Install) -> None:
    installation = install_for_module(SQLITE)
    desk = AgentDesk.at(installation, installation.serve("--no-runner"))
    told: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert total is not None
        assert message == "It is queued."
        told.append(progress)

    for mode in ("legacy", "2026-07-28"):
        told.clear()
        async with desk.by_http(mode) as agent:
            started = await call(agent, "start_session", prompt="wait")
            said = {"session": started["id"], "timeout_s": 1.0}
            found = await agent.call_tool("wait", said, progress_callback=note)
        assert found.structured_content["timed_out"]
        assert len(told) >= 2
        assert told == sorted(told)
