import msgspec
from django.conf import settings

from sessions_app.mcp.api import Api, Json
from sessions_app.mcp.arguments import (
    Arguments,
    EventsArguments,
    ListArguments,
    SearchArguments,
    SessionArguments,
)

DELTA = "_delta"  # ends the types of pieces, which a final event holds as a whole


async def list_sessions(api: Api, said: ListArguments) -> Json:
    return await api.get(
        "sessions",
        text=said.text,
        status=said.status,
        owner=said.owner,
        tag=said.tag,
        after=said.after,
    )


async def search(api: Api, said: SearchArguments) -> Json:
    return await api.get("search", text=said.text, before=said.before)


async def get_session(api: Api, said: SessionArguments) -> Json:
    session = await api.get(f"sessions/{said.session}")
    agents = await api.get(f"sessions/{said.session}/agents")
    return session | {"agents": agents["sessions"]}


async def read_events(api: Api, said: EventsArguments) -> Json:
    """Read a page of a log; what is still being said comes when it is whole."""
    page = await api.get(
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


async def list_approvals(api: Api, said: Arguments) -> Json:
    return await api.get("approvals")


async def list_engines(api: Api, said: Arguments) -> Json:
    return await api.get("engines")
