import json
from typing import Any

from tests.servers.installation import Installation

CALL = {
    "sessionUpdate": "tool_call",
    "toolCallId": "call-1",
    "title": "rm -r build",
    "kind": "execute",
    "status": "pending",
    "rawInput": {"command": "rm -r build"},
}
DONE = {
    "sessionUpdate": "tool_call_update",
    "toolCallId": "call-1",
    "status": "completed",
    "content": [{"type": "content", "content": {"type": "text", "text": "gone"}}],
}
OPTIONS = [
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "once", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
ASK = {"ask": {"toolCall": {"toolCallId": "call-1"}, "options": OPTIONS}}


def told(installation: Installation, session_id: str) -> list[dict[str, Any]]:
    """What the agent was asked and answered, as its stderr says."""
    rows = installation.rows(
        "SELECT text FROM sessions_app_diagnostics WHERE session_id = ?", session_id
    )
    lines = "".join(text for (text,) in rows).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]
