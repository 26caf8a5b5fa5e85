import asyncio
import time

from django.conf import settings

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.mcp.tools.arguments import WaitArguments
from sessions_app.protocol.status import SessionStatus


async def wait(call: Call, said: WaitArguments) -> Json:
    """Look at a session until it rests or a call of its tree waits for a person.

    A message or an answer queues a session at rest before its request is answered, so
    who sends one and waits then does not find the session as it was before. Meanwhile
    the client is told of the time that has passed, if it asked for progress, and of
    each status, if it wants log lines.
    """
    begun = time.monotonic()
    ends_at = begun + said.timeout_s
    session = await call.api.get(f"sessions/{said.session}")
    first = told = session["status"]
    pause = settings.MCP_LOOK_MIN_S
    while True:
        waiting = await _approvals(call, said.session)
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
        passed = time.monotonic() - begun
        await call.progress(passed, max(said.timeout_s, passed), f"It is {status}.")
        await asyncio.sleep(min(pause, left))
        pause = min(2 * pause, settings.MCP_LOOK_MAX_S)
        session = await call.api.get(f"sessions/{said.session}")
        if session["status"] != told:
            told = session["status"]
            await call.log("info", {"session": said.session, "status": told})


async def _approvals(call: Call, session_id: str) -> list[Json]:
    """Return the calls that wait in a session and in its sub-agents."""
    found: list[Json] = (await call.api.get("approvals"))["approvals"]
    return [one for one in found if session_id in {one["session"], one["root"]}]
