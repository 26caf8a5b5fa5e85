from sessions_app.mcp.catalogue import McpTool
from sessions_app.mcp.tools import arguments as take
from sessions_app.mcp.tools import reading, steering
from sessions_app.mcp.tools.asking import ask_person
from sessions_app.mcp.tools.waiting import wait
from sessions_app.people.api_tokens import Scope

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
    McpTool(
        "ask_person",
        "Show a tool call that waits to the person at your client, and give their "
        "answer: they decide, not you.",
        Scope.CONTROL,
        take.AskArguments,
        ask_person,
    ),
)
