import httpx2
from mcp.server.stdio import stdio_server

from sessions_app.mcp.api import Api
from sessions_app.mcp.caller import CallingClient
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.server import make_server


async def serve_stdio(client: httpx2.AsyncClient) -> None:
    """Serve MCP on stdin and stdout until stdin ends; `client` is an API's."""
    async with client:
        caller = CallingClient(Api(client))
        caller.is_heard.set()
        server = make_server(Catalogues.configured(), lambda _: caller, remembers=True)
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())
        if caller.subscriptions is not None:
            await caller.subscriptions.close()
