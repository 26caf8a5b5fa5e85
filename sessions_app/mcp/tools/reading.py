import msgspec
from django.conf import settings

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.mcp.tools.arguments import (
    Arguments,
    EventsArguments,
    ListArguments,
    OutputArguments,
    SearchArguments,
    SessionArguments,
)

DELTA = "_delta"  # ends the types of pieces, which a final event holds as a whole


async def list_sessions(call: Call, said: ListArguments) -> Json:
    return await call.api.get(
        "sessions",
        text=said.text,
        status=said.status,
        owner=said.owner,
        tag=said.tag,
        after=said.after,
    )


async def search(call: Call, said: SearchArguments) -> Json:
    return await call.api.get("search", text=said.text, before=said.before)


async def get_session(call: Call, said: SessionArguments) -> Json:
    session = await call.api.get(f"sessions/{said.session}")
    agents = await call.api.get(f"sessions/{said.session}/agents")
    return session | {"agents": agents["sessions"]}


async def read_events(call: Call, said: EventsArguments) -> Json:
    """Read a page of a log; what is still being said comes when it is whole."""
    page = await call.api.get(
        f"sessions/{said.session}/events", after=said.after, limit=said.limit
    )
    events: list[Json] = []
    size, up_to = 0, page["up_to"]
    for event in page["events"]:
        if event["type"].endswith(DELTA):
            continue
        size += len(msgspec.json.encode(event))
        if events and size > settings.MCP_EVENTS_MAX_BYTES:
            up_to = event["seq"] - 1
            break
        events.append(event)
    return page | {"events": events, "up_to": up_to}


async def list_approvals(call: Call, said: Arguments) -> Json:
    return await call.api.get("approvals")


async def list_engines(call: Call, said: Arguments) -> Json:
    return await call.api.get("engines")


async def read_output(call: Call, said: OutputArguments) -> Json:
    """Read a page of a tool's whole output; `next` is null at its end."""
    text, headers = await call.api.text(
        f"sessions/{said.session}/outputs/{said.output}",
        offset=said.offset,
        limit=settings.MCP_EVENTS_MAX_BYTES,
    )
    total, after = headers.get("X-Output-Total"), headers.get("X-Output-Next")
    return {
        "text": text,
        "total": int(total) if total else len(text.encode()),
        "next": int(after) if after else None,
    }
