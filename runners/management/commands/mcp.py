import asyncio
from typing import Any

from runners.remote.client import RemoteClient
from runners.remote.command import RemoteCommand


class Command(RemoteCommand):
    help = (
        "Speak MCP on stdin and stdout, for an agent that starts this: it lists, reads "
        "and steers the sessions of a server, as far as the token may."
    )

    def ask(self, client: RemoteClient, **options: Any) -> None:
        from sessions_app.mcp.stdio import serve_stdio

        asyncio.run(serve_stdio(client.in_asyncio()))
