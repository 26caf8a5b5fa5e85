"""An agent, by the SDK's own client, at a running server: by HTTP and on stdio."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.conftest import Install
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, ROOT
from tests.servers.stack import POSTGRES_REDIS

SCOPES = ("--scope", "read", "--scope", "control", "--scope", "start")
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class AgentDesk:
    """A server with a runner, and a token for an agent."""

    installation: Installation
    served: Served
    token: str

    @asynccontextmanager
    async def by_http(self, mode: Any) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S) as http:
            transport = streamable_http_client(
                f"{self.served.url}/mcp", http_client=http
            )
            async with Client(transport, mode=mode) as client:
                yield client

    @asynccontextmanager
    async def on_stdio(self) -> AsyncIterator[Client]:
        command = StdioServerParameters(
            command=sys.executable,
            args=["manage.py", "mcp", "--url", self.served.url],
            env=self.installation.env | {"RINGSIDE_TOKEN": self.token},
            cwd=ROOT,
        )
        async with Client(command) as client:
            yield client


@pytest.fixture(scope="module")
def desk(install_for_module: Install) -> AgentDesk:
    installation = install_for_module(POSTGRES_REDIS)
    served = installation.serve()
    installation.sign_in(served.url).close()
    printed = installation.manage("token", "create", "agent", *SCOPES)
    token = re.search(r"ringside_\S+", printed)
    assert token is not None
    return AgentDesk(installation, served, token[0])


async def call(client: Client, tool: str, **said: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, said)
    assert not answer.is_error, answer.content
    found: dict[str, Any] = answer.structured_content
    return found


async def wait(client: Client, session: str) -> dict[str, Any]:
    """Wait as agents do: again, while it times out."""
    while (found := await call(client, "wait", session=session))["timed_out"]:
        pass
    return found


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
    (example,) = EXAMPLE.findall(page)
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
