from django.conf import settings

from sessions_app.mcp.caller import Call
from sessions_app.mcp.catalogue import Variables


async def complete_session(call: Call, value: str, _: Variables) -> list[str]:
    """Return ids of sessions that begin so, or whose titles or texts say it."""
    newest = (await call.api.get("sessions"))["sessions"]
    low = value.lower()
    fitting = [
        row["id"]
        for row in newest
        if row["id"].startswith(value) or low in row["title"].lower()
    ]
    if low and len(fitting) < settings.MCP_COMPLETIONS_MAX:
        saying = (await call.api.get("sessions", text=value))["sessions"]
        fitting += [row["id"] for row in saying]
    return list(dict.fromkeys(fitting))
