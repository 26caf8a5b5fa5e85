import msgspec
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sessions_app.mcp.api import ToolFailed
from sessions_app.mcp.caller import Context, InputNeeded
from sessions_app.mcp.catalogue import McpTool
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.handlers.calling import CallerOf, call_of
from sessions_app.people.api_tokens import Scope


class ToolHandlers:
    """Lists tools, those that the caller's token may use, and calls them."""

    def __init__(self, catalogues: Catalogues, caller_of: CallerOf) -> None:
        self._tools = catalogues.tools
        self._caller_of = caller_of

    async def list_tools(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        scopes = set((await self._caller_of(context).api.get("me"))["scopes"])
        offered = [one for one in self._tools.values() if one.scope in scopes]
        return ListToolsResult(tools=[_described(tool) for tool in offered])

    async def call_tool(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {params.name!r}.")
        try:
            said = tool.takes.model_validate(params.arguments or {})
            found = await tool.run(call_of(self._caller_of, context, params), said)
        except InputNeeded as needed:
            return needed.result
        except ValidationError as error:
            return _failed("; ".join(sentence(one) for one in error.errors()))
        except ToolFailed as error:
            return _failed(str(error))
        if not isinstance(found, dict):
            return found
        text = msgspec.json.encode(found).decode()
        return CallToolResult(
            content=[TextContent(text=text)], structured_content=found
        )


def _described(tool: McpTool) -> Tool:
    reads = tool.scope is Scope.READ
    return Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.input_schema or tool.takes.model_json_schema(),
        annotations=ToolAnnotations(
            read_only_hint=reads, destructive_hint=not reads, open_world_hint=False
        ),
    )


def _failed(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], is_error=True)


def sentence(error: ErrorDetails) -> str:
    """Say what is wrong with one argument."""
    place = ".".join(str(part) for part in error["loc"])
    return f"{place or 'arguments'}: {error['msg']}"
