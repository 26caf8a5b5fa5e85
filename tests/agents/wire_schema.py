"""Checks lines of the Agent Client Protocol by its published JSON schema, version 1."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.agents.install import TARGET

Json = dict[str, Any]
Line = tuple[str, Json]  # who says it, "client" or "agent", and what
SCHEMA = "claude/node_modules/@agentclientprotocol/sdk/schema/v1/schema.json"
# Updates that are not in the published schema. claude-agent-acp sends them to clients
# that offer to show sub-agents (`clientCapabilities.subagents`).
UNPUBLISHED = {"subagent_update", "session_message"}


class WireSchema:
    """The published schema: what may stand in each method's params and result."""

    def __init__(self, schema: Json) -> None:
        self._checks: dict[tuple[str, str], jsonschema_rs.Validator] = {}
        definitions = schema["$defs"]
        for name, definition in definitions.items():
            part = "result" if name.endswith("Response") else "params"
            if "x-method" in definition:
                rule = {"$ref": f"#/$defs/{name}", "$defs": definitions}
                check = jsonschema_rs.Draft202012Validator(rule)
                self._checks[definition["x-method"], part] = check

    @classmethod
    def published(cls) -> "WireSchema":
        """As the npm package of the protocol has it, beside Claude Code."""
        return cls(json.loads((TARGET / SCHEMA).read_text()))

    def unfit(self, lines: list[Line], who: str) -> list[str]:
        """What of one side's lines does not fit, each with the reason."""
        asked: dict[tuple[str, Any], str] = {}
        found = []
        for side, line in lines:
            method, id_ = line.get("method"), line.get("id")
            if isinstance(method, str) and id_ is not None:
                asked[side, id_] = method
            other = "agent" if side == "client" else "client"
            why = self._why(line, asked.get((other, id_), ""))
            if side == who and why and not _is_unpublished(line):
                found.append(f"{why[:300]}: {json.dumps(line)[:400]}")
        return found

    def _why(self, line: Json, question: str) -> str:
        if line.get("jsonrpc") != "2.0":
            return "jsonrpc: expected 2.0"
        method = line.get("method")
        if method is not None:
            return self._check(method, "params", line.get("params", {}))
        if not question:
            return "answers nothing"
        if "error" in line:
            return ""
        return self._check(question, "result", line.get("result"))

    def _check(self, method: str, part: str, value: Any) -> str:
        if method.startswith("_"):
            return ""  # an extension: the schema leaves these to the two sides
        check = self._checks.get((method, part))
        if check is None:
            return f"{method} is not in the schema"
        try:
            check.validate(value)
        except jsonschema_rs.ValidationError as error:
            return str(error)
        return ""


def read_tap(path: Path) -> list[Line]:
    """The lines that a tap wrote down, with who said each.

    A line that a kill cut off, be it the agent's or the tap's, is left out.
    """
    lines = []
    for text in path.read_text().splitlines() if path.exists() else ():
        if not text.endswith("}"):
            continue
        row = json.loads(text)
        if row["line"].endswith("\n"):
            lines.append((row["from"], json.loads(row["line"])))
    return lines


def _is_unpublished(line: Json) -> bool:
    update = line.get("params", {}).get("update", {})
    return update.get("sessionUpdate") in UNPUBLISHED
