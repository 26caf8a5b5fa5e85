import asyncio
import time

from django.conf import settings

from sessions_app.mcp.api import Api, Json
from sessions_app.mcp.arguments import WaitArguments
from sessions_app.protocol.status import SessionStatus


async def wait(api: Api, said: WaitArguments) -> Json:
    """Look at a session until it rests or a call of its tree waits for a person.

    A message or an answer queues a session at rest before its request is answered, so
    who sends one and waits then does not find the session as it was before.
    """
    ends_at = time.monotonic() + said.timeout_s
    session = await api.get(f"sessions/{said.session}")
    first = session["status"]
    pause = settings.MCP_LOOK_MIN_S
    while True:
        waiting = await _approvals(api, said.session)
        status = SessionStatus(session["status"])
        is_met = status.is_over if said.until == "rest" else status != first
        left = ends_at - time.monotonic()
        if waiting or is_met or left <= 0:
            return {
                "status": status,
                "approvals": waiting,
                "head": session["head"],
                "timed_out": not (waiting or is_met),
            }
        await asyncio.sleep(min(pause, left))
        pause = min(2 * pause, settings.MCP_LOOK_MAX_S)
        session = await api.get(f"sessions/{said.session}")


async def _approvals(api: Api, session_id: str) -> list[Json]:
    """Return the calls that wait in a session and in its sub-agents."""
    found: list[Json] = (await api.get("approvals"))["approvals"]
    return [one for one in found if session_id in {one["session"], one["root"]}]
