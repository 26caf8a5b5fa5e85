"""Sessions, their logs and outputs, and what waits, as resources."""

from collections.abc import Collection

from mcp.types import Resource

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.mcp.catalogue import McpResource, ResourcePage, Variables
from sessions_app.mcp.tools import reading
from sessions_app.mcp.tools.arguments import (
    Arguments,
    EventsArguments,
    ListArguments,
    OutputArguments,
    SessionArguments,
)

JSON = "application/json"
APPROVALS = "ringside://approvals"
SESSION = "ringside://sessions/{session}"
EVENTS = "ringside://sessions/{session}/events{?after}"
OUTPUT = "ringside://sessions/{session}/outputs/{output}{?offset}"
ANSWERS = {"approval_request", "approval"}


def session_uri(session_id: str) -> str:
    return f"ringside://sessions/{session_id}"


def events_uri(session_id: str) -> str:
    return f"ringside://sessions/{session_id}/events"


def changed_by(event: Json) -> Collection[str]:
    """Return which of these resources an event changes; pieces of texts: none."""
    if event["type"].endswith(reading.DELTA):
        return ()
    session = event["sessionId"]
    uris = [session_uri(session), events_uri(session)]
    return uris + ([APPROVALS] if event["type"] in ANSWERS else [])


async def _read_approvals(call: Call, _: Variables) -> Json:
    return await reading.list_approvals(call, Arguments())


async def _read_session(call: Call, said: Variables) -> Json:
    return await reading.get_session(call, SessionArguments(session=said["session"]))


async def _read_events(call: Call, said: Variables) -> Json:
    asked = {"session": said["session"], "after": said.get("after", "0")}
    return await reading.read_events(call, EventsArguments.model_validate(asked))


async def _read_output(call: Call, said: Variables) -> Json:
    return await reading.read_output(call, OutputArguments.model_validate(dict(said)))


async def _list_sessions(call: Call, cursor: str) -> ResourcePage:
    found = await reading.list_sessions(call, ListArguments(text="", after=cursor))
    return ResourcePage([_listed(row) for row in found["sessions"]], found["next"])


def _listed(row: Json) -> Resource:
    return Resource(
        uri=session_uri(row["id"]),
        name=row["id"],
        title=row["title"] or row["id"],
        description=f"{row['status']}, of {row['owner'] or 'nobody'}",
        mime_type=JSON,
    )


async def _check_session(call: Call, said: Variables) -> None:
    await call.api.get(f"sessions/{SessionArguments(session=said['session']).session}")


RESOURCES = (
    McpResource(
        APPROVALS,
        "approvals",
        "The tool calls that wait for a person, the longest wait first.",
        JSON,
        _read_approvals,
    ),
    McpResource(
        SESSION,
        "session",
        "A session: its status, cost and sub-agents.",
        JSON,
        _read_session,
        pages=_list_sessions,
        check=_check_session,
    ),
    McpResource(
        EVENTS,
        "events",
        "A page of a session's log after a seq: texts, tool calls, results, approvals. "
        "More is there while `up_to` is below `head`.",
        JSON,
        _read_events,
        check=_check_session,
    ),
    McpResource(
        OUTPUT,
        "output",
        "A page of a tool's whole output, by the `outputId` of its result; `next` is "
        "the offset of more.",
        JSON,
        _read_output,
        check=_check_session,
    ),
)
