from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sessions_app.mcp import arguments as take
from sessions_app.mcp import reading, steering
from sessions_app.mcp.api import Api, Json
from sessions_app.mcp.waiting import wait
from sessions_app.people.api_tokens import Scope


@dataclass(frozen=True, slots=True)
class McpTool:
    """One tool of the MCP server; `scope` is what a token must have to be offered it.

    The API decides about each call all the same.
    """

    name: str
    description: str
    scope: Scope
    takes: type[take.Arguments]
    run: Callable[[Api, Any], Awaitable[Json]]


TOOLS = (
    McpTool(
        "list_sessions",
        "List the main sessions that you may see, those that wait for a person first.",
        Scope.READ,
        take.ListArguments,
        reading.list_sessions,
    ),
    McpTool(
        "search",
        "Search what all sessions have said and done, the newest first.",
        Scope.READ,
        take.SearchArguments,
        reading.search,
    ),
    McpTool(
        "get_session",
        "Get one session's status, cost and sub-agents.",
        Scope.READ,
        take.SessionArguments,
        reading.get_session,
    ),
    McpTool(
        "read_events",
        "Read a session's log after a cursor, oldest first: texts, tool calls, "
        "results, approvals. More is there while `up_to` is below `head`.",
        Scope.READ,
        take.EventsArguments,
        reading.read_events,
    ),
    McpTool(
        "list_approvals",
        "List the tool calls that wait for a person, the longest wait first.",
        Scope.READ,
        take.Arguments,
        reading.list_approvals,
    ),
    McpTool(
        "list_engines",
        "List what a new session can run on.",
        Scope.READ,
        take.Arguments,
        reading.list_engines,
    ),
    McpTool(
        "wait",
        "Wait until a session rests, or one of its calls waits for an answer. Call it "
        "again if it has timed out.",
        Scope.READ,
        take.WaitArguments,
        wait,
    ),
    McpTool(
        "start_session",
        "Start a session; a runner takes it at once, or when it is free.",
        Scope.START,
        take.StartArguments,
        steering.start_session,
    ),
    McpTool(
        "send_message",
        "Send a message to a session, which goes on with it.",
        Scope.CONTROL,
        take.MessageArguments,
        steering.send_message,
    ),
    McpTool(
        "interrupt",
        "Stop what a session does now; a message continues it.",
        Scope.CONTROL,
        take.SessionArguments,
        steering.interrupt,
    ),
    McpTool(
        "approve",
        "Let a tool call run that waits for a person.",
        Scope.CONTROL,
        take.ApproveArguments,
        steering.approve,
    ),
    McpTool(
        "deny",
        "Refuse a tool call that waits for a person.",
        Scope.CONTROL,
        take.DenyArguments,
        steering.deny,
    ),
)
