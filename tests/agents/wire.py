"""Checks lines of the Agent Client Protocol by the models of its Python package."""

import json
from pathlib import Path
from typing import Any

from acp import schema
from pydantic import BaseModel, ValidationError

Json = dict[str, Any]
REQUESTS: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "initialize": (schema.InitializeRequest, schema.InitializeResponse),
    "session/new": (schema.NewSessionRequest, schema.NewSessionResponse),
    "session/load": (schema.LoadSessionRequest, schema.LoadSessionResponse),
    "session/resume": (schema.ResumeSessionRequest, schema.ResumeSessionResponse),
    "session/prompt": (schema.PromptRequest, schema.PromptResponse),
    "session/set_mode": (schema.SetSessionModeRequest, schema.SetSessionModeResponse),
    "session/set_config_option": (
        schema.SetSessionConfigOptionSelectRequest,
        schema.SetSessionConfigOptionResponse,
    ),
    "session/request_permission": (
        schema.RequestPermissionRequest,
        schema.RequestPermissionResponse,
    ),
}
NOTIFICATIONS: dict[str, type[BaseModel]] = {
    "session/cancel": schema.CancelNotification,
    "session/update": schema.SessionNotification,
}


def read_tap(path: Path) -> list[tuple[str, Json]]:
    """The lines that a tap wrote down, with who said each."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["from"], json.loads(row["line"])) for row in rows]


def unfit(lines: list[tuple[str, Json]], who: str) -> list[str]:
    """What of one side's lines does not fit the schema, each with the reason."""
    asked: dict[tuple[str, Any], str] = {}
    found = []
    for side, line in lines:
        method, id_ = line.get("method"), line.get("id")
        if isinstance(method, str) and id_ is not None:
            asked[side, id_] = method
        if side == who and (why := _why(line, asked, side)):
            found.append(f"{why}: {json.dumps(line)[:400]}")
    return found


def _why(line: Json, asked: dict[tuple[str, Any], str], side: str) -> str:
    if line.get("jsonrpc") != "2.0":
        return "jsonrpc"
    method = line.get("method")
    if method is None:
        other = "agent" if side == "client" else "client"
        question = asked.get((other, line.get("id")), "")
        if not question:
            return "answers nothing"
        known = REQUESTS.get(question)
        if "error" in line or known is None:
            return ""
        return _check(known[1], line.get("result"))
    known = REQUESTS.get(method)
    model = known[0] if known else NOTIFICATIONS.get(method)
    return _check(model, line.get("params")) if model else ""


def _check(model: type[BaseModel], value: Any) -> str:
    try:
        model.model_validate(value if value is not None else {})
    except ValidationError as error:
        return str(error.errors()[0])[:300]
    return ""
