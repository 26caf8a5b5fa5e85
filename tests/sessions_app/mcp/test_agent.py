"""An agent, by the SDK's own client, at a running server: by HTTP and on stdio."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from mcp.client.client import Client

from tests.conftest import Install
from tests.servers.process import PATIENCE_S, ROOT
from tests.servers.stack import POSTGRES_REDIS
from tests.sessions_app.mcp.agent_desk import AgentDesk, call, wait

EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def desk(install_for_module: Install) -> AgentDesk:
    installation = install_for_module(POSTGRES_REDIS)
    return AgentDesk.at(installation, installation.serve())


async def read_all(client: Client, session: str) -> list[dict[str, Any]]:
    """Read a log page by page, by the cursor."""
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        page = await call(client, "read_events", session=session, after=after, limit=7)
        events += page["events"]
        after = page["up_to"]
        if after >= page["head"]:
            return events


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_agent_starts_steers_and_reads_a_session(
    desk: AgentDesk, mode: str
) -> None:
    async with desk.by_http(mode) as agent:
        started = await call(
            agent,
            "start_session",
            prompt="[scenario: careful]",
            permission_mode="default",
        )
        session = started["id"]
        while approvals := (found := await wait(agent, session))["approvals"]:
            for one in approvals:
                use = one["request"]["toolUseId"]
                await call(agent, "approve", session=one["session"], tool_use_id=use)
        assert found["status"] == "completed"
        events = await read_all(agent, session)
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(set(seqs))
    types = [event["type"] for event in events]
    assert types[0] == "session_started"
    assert {"approval_request", "approval", "tool_result", "text"} <= set(types)
    assert not [one for one in types if one.endswith("_delta")]


async def test_command_speaks_mcp_on_stdio(desk: AgentDesk) -> None:
    async with desk.on_stdio() as agent:
        started = await call(
            agent, "start_session", prompt="[scenario: follow_up] By stdio"
        )
        await wait(agent, started["id"])
        listed = await call(agent, "list_sessions", text="stdio")
        refused = await agent.call_tool("get_session", {"session": "s_nope"})
    assert [row["id"] for row in listed["sessions"]] == [started["id"]]
    assert refused.is_error
    assert "no such session" in str(refused.content)


def test_example_of_the_documentation_runs(desk: AgentDesk) -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    example, _ = EXAMPLE.findall(page)  # the other adds a tool
    env = {"RINGSIDE_TOKEN": desk.token, "RINGSIDE_URL": desk.served.url}
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout[:1]) == (0, "["), done.stderr
