"""An agent's client asks its person about a call that waits."""

from typing import Any

import pytest
from mcp.types import ElicitResult

from tests.servers.installation import Installation
from tests.sessions_app.mcp.agent_desk import AgentDesk, call, wait


# Of each test alone: sessions that go on waiting keep the few places of a runner.
@pytest.fixture
def desk(installation: Installation) -> AgentDesk:
    return AgentDesk.at(installation, installation.serve())


async def waiting(agent: Any) -> dict[str, Any]:
    """Start a session that asks; return its first call that waits."""
    started = await call(
        agent,
        "start_session",
        prompt="[scenario: careful]",
        permission_mode="default",
    )
    found: dict[str, Any] = (await wait(agent, started["id"]))["approvals"][0]
    return found


def said(one: dict[str, Any]) -> dict[str, Any]:
    use = one["request"]["toolUseId"]
    return {"session": one["session"], "tool_use_id": use}


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_person_decides_about_a_call(desk: AgentDesk, mode: str) -> None:
    shown: list[Any] = []
    answers = iter(["Deny", "Approve once"])

    async def person(context: Any, params: Any) -> ElicitResult:
        shown.append(params)
        content: Any = {"answer": next(answers), "reason": "not now"}
        return ElicitResult(action="accept", content=content)

    async with desk.by_http(mode, elicitation_callback=person) as agent:
        for decided in ("denied", "approved"):
            one = await waiting(agent)
            found = await call(agent, "ask_person", **said(one))
            assert found["waits"] is False
            await wait(agent, one["session"])
            events = await call(agent, "read_events", session=one["session"])
            approval = next(e for e in events["events"] if e["type"] == "approval")
            assert approval["decision"] == decided
            assert approval.get("reason", "") == (
                "not now" if decided == "denied" else ""
            )
    assert one["request"]["tool"] in shown[0].message
    choices = shown[0].requested_schema["properties"]["answer"]["enum"]
    assert {"Approve once", "Deny"} <= set(choices)


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_call_that_the_person_leaves_open_goes_on_waiting(
    desk: AgentDesk, action: Any
) -> None:
    async def person(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action=action)

    async with desk.by_http("legacy", elicitation_callback=person) as agent:
        one = await waiting(agent)
        found = await call(agent, "ask_person", **said(one))
        assert found == {"answer": "", "waits": True}
        listed = await call(agent, "list_approvals")
        assert said(one) in [said(other) for other in listed["approvals"]]


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_client_that_cannot_ask_is_told_so(desk: AgentDesk, mode: str) -> None:
    async with desk.by_http(mode) as agent:
        one = await waiting(agent)
        refused = await agent.call_tool("ask_person", said(one))
        gone = await agent.call_tool(
            "ask_person", {"session": one["session"], "tool_use_id": "t_nope"}
        )
    assert refused.is_error
    assert "cannot ask a person" in str(refused.content)
    assert "No such call waits" in str(gone.content)
