"""What an MCP server has to offer: tools, resources and prompts, as frozen values."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.types import (
    CallToolResult,
    InputRequiredResult,
    PromptArgument,
    PromptMessage,
    Resource,
)
from pydantic import BaseModel

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.people.api_tokens import Scope

Variables = Mapping[str, str]
Content = Json | str | bytes  # of a resource: JSON, text, or what is neither
# Completes a value that begins so; the other arguments that are known come, too.
Completer = Callable[[Call, str, Variables], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class McpTool:
    """One tool of the MCP server; `scope` is what a token must have to be offered it.

    The API decides about each call all the same. `run` gets the checked arguments, and
    returns JSON or, where that is not enough, content as MCP has it. It may raise
    ToolFailed.
    """

    name: str
    description: str
    scope: Scope
    takes: type[BaseModel]
    run: Callable[[Call, Any], Awaitable[Json | CallToolResult | InputRequiredResult]]
    input_schema: Json | None = None  # None: that of `takes`


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some resources that a template has; `next` is the cursor of more, "": none."""

    resources: list[Resource]
    next: str = ""


@dataclass(frozen=True, slots=True)
class McpResource:
    """Resources of one kind: `uri` is the address of the only one, or a template.

    Templates are those of RFC 6570. `read` gets the template's variables; it raises
    ToolFailed for one that is not there. `pages` lists what a template has, after a
    cursor. `check` raises ToolFailed for one that may not be subscribed to.
    """

    uri: str
    name: str
    description: str
    mime_type: str
    read: Callable[[Call, Variables], Awaitable[Content]]
    pages: Callable[[Call, str], Awaitable[ResourcePage]] | None = None
    check: Callable[[Call, Variables], Awaitable[None]] | None = None

    @property
    def is_template(self) -> bool:
        return "{" in self.uri


@dataclass(frozen=True, slots=True)
class McpPrompt:
    """A prompt that a person chooses; `get` raises ToolFailed if it cannot be made."""

    name: str
    description: str
    arguments: tuple[PromptArgument, ...]
    get: Callable[[Call, Variables], Awaitable[list[PromptMessage]]]


@dataclass(frozen=True, slots=True)
class McpCatalogue:
    """What one source adds to the MCP server; RINGSIDE_MCP_CATALOGUES names them.

    `completers` complete arguments of its prompts and variables of its templates, by
    their names. `changed_by` returns the addresses of its resources that an event of
    any session changes.
    """

    tools: tuple[McpTool, ...] = ()
    resources: tuple[McpResource, ...] = ()
    prompts: tuple[McpPrompt, ...] = ()
    completers: Mapping[str, Completer] = field(default_factory=dict)
    changed_by: Callable[[Json], Collection[str]] | None = None
