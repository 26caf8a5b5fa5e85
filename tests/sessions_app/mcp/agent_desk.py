import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, ROOT

SCOPES = ("--scope", "read", "--scope", "control", "--scope", "start")


@dataclass(frozen=True)
class AgentDesk:
    """A server with a runner, and a token for an agent."""

    installation: Installation
    served: Served
    token: str

    @classmethod
    def at(cls, installation: Installation, served: Served) -> "AgentDesk":
        installation.sign_in(served.url).close()
        printed = installation.manage("token", "create", "agent", *SCOPES)
        token = re.search(r"ringside_\S+", printed)
        assert token is not None
        return cls(installation, served, token[0])

    @asynccontextmanager
    async def by_http(self, mode: Any, **client: Any) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S) as http:
            transport = streamable_http_client(
                f"{self.served.url}/mcp", http_client=http
            )
            async with Client(transport, mode=mode, **client) as agent:
                yield agent

    @asynccontextmanager
    async def on_stdio(self, **client: Any) -> AsyncIterator[Client]:
        command = StdioServerParameters(
            command=sys.executable,
            args=["manage.py", "mcp", "--url", self.served.url],
            env=self.installation.env | {"RINGSIDE_TOKEN": self.token},
            cwd=ROOT,
        )
        async with Client(command, **client) as agent:
            yield agent


async def call(client: Client, tool: str, **said: Any) -> dict[str, Any]:
    """Call a tool; return its JSON."""
    answer = await client.call_tool(tool, said)
    assert not answer.is_error, answer.content
    found: dict[str, Any] = answer.structured_content
    return found


async def wait(client: Client, session: str) -> dict[str, Any]:
    """Wait as agents do: again, while it times out."""
    while (found := await call(client, "wait", session=session))["timed_out"]:
        pass
    return found
