"""A program that says what an agent of somebody else says, for `runagent --exec`.

Its prompt names the scene; it then hears what people choose until it is stopped.
"""

import base64
import json
import struct
import sys
import zlib
from typing import Any

Fields = dict[str, Any]


def say(event: str, /, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"type": event, **fields}) + "\n")
    sys.stdout.flush()


def hear() -> Fields:
    line = sys.stdin.readline()
    heard: Fields = json.loads(line) if line else {"type": "cancel"}
    return heard


def png(width: int, height: int) -> str:
    """A picture of a page: bars of colour on a light ground."""

    def pixel(x: int, y: int) -> bytes:
        if y < height // 8:
            return b"\x24\x54\xc7"
        in_bar = width // 8 < x < width * (3 + y * 7 // height % 4) // 8
        return b"\xdf\xdb\xd0" if in_bar and y % 40 > 16 else b"\xfa\xf9\xf5"

    rows = b"".join(
        b"\0" + b"".join(pixel(x, y) for x in range(width)) for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
    return base64.b64encode(data).decode()


MODE: Fields = {
    "id": "mode",
    "name": "Mode",
    "category": "mode",
    "current": "default",
    "choices": [
        {"value": "default", "name": "Always ask", "description": "Asks each time"},
        {"value": "accept", "name": "Accept edits"},
        {"value": "plan", "name": "Plan mode", "description": "Changes nothing"},
        {"value": "bypass", "name": "Bypass permissions"},
    ],
}
MODEL: Fields = {
    "id": "model",
    "name": "Model",
    "category": "model",
    "current": "opus",
    "choices": [
        {"value": "opus", "name": "Opus 5.5", "group": "Claude"},
        {"value": "sonnet", "name": "Sonnet 5.5", "group": "Claude"},
        {"value": "haiku", "name": "Haiku 5", "group": "Fast"},
    ],
}
EFFORT: Fields = {
    "id": "effort",
    "name": "Effort",
    "category": "effort",
    "current": "high",
    "choices": [{"value": v, "name": v.capitalize()} for v in ("low", "high")],
}
COMMANDS = [
    {"name": "compact", "description": "Sum up the conversation", "hint": "keep what"},
    {"name": "commit", "description": "Commit what was changed, with a message"},
    {"name": "review", "description": "Review a pull request", "hint": "its number"},
    {"name": "init", "description": "Write a CLAUDE.md for this project"},
]
OPTIONS = [
    {"id": "allow", "name": "Yes", "kind": "allow_once"},
    {"id": "always", "name": "Yes, and allow all edits", "kind": "allow_always"},
    {"id": "reject", "name": "No, and tell Claude what to do", "kind": "reject_once"},
]
PLAN = """## Round shares to the cent

1. Read `fairshare/split.py` and its tests.
2. Give **the largest remainder** the cents that are left over:

   ```python
   cents = [floor(share) for share in shares]
   ```

3. Add a test for a bill of 10.00 among three.

Nothing else changes. The command line keeps its output.
"""
QUESTIONS = [
    {
        "id": "db",
        "header": "Storage",
        "text": "Where shall the shares be kept?",
        "kind": "one",
        "required": True,
        "takesOther": True,
        "choices": [
            {
                "value": "sqlite",
                "name": "SQLite",
                "description": "One file, nothing to install",
            },
            {
                "value": "postgres",
                "name": "PostgreSQL",
                "description": "For several writers at once",
            },
        ],
    },
    {
        "id": "checks",
        "header": "Checks",
        "text": "Which checks shall run before each commit?",
        "kind": "many",
        "choices": [{"value": v} for v in ("ruff", "mypy", "pytest")],
    },
    {
        "id": "retries",
        "text": "How many times shall a failed payment be tried again?",
        "kind": "integer",
        "minimum": 0,
        "maximum": 9,
    },
]
RAW = {
    "questions": [
        {
            "question": "Where shall the shares be kept?",
            "header": "Storage",
            "options": [{"label": "SQLite"}, {"label": "PostgreSQL"}],
        }
    ]
}
INFO: Fields = {
    "agent": "Claude Code",
    "version": "2.1.318",
    "agentSessionId": "4f1c2a90-77aa",
}


def introduce() -> None:
    say("agent_info", **INFO)
    say("config_options", options=[MODE, MODEL, EFFORT])
    say("available_commands", commands=COMMANDS)
    say("context_usage", used=48_213, size=200_000, costUsd=0.4275)


def call(name: str, tool: str, output: str, given: Fields, /, **more: Any) -> None:
    say("tool_use", toolUseId=name, tool=tool, input=given, **more)
    say("tool_result", toolUseId=name, output=output)


def work() -> None:
    """Calls of every shape, under the names that other agents give their tools."""
    say("text", text="I look at what there is, and at how it is tested.")
    call(
        "c1",
        "Bash",
        "3 passed in 0.12s",
        {"command": "pytest -q", "description": "Run the tests"},
        kind="execute",
        title="`pytest -q`",
    )
    call(
        "c2",
        "Read",
        "     1\tdef split(total, people):\n     2\t    return total / people",
        {"file_path": "/w/fairshare/split.py"},
        kind="read",
    )
    say("text", text="The division loses cents.")
    say(
        "tool_use",
        toolUseId="c3",
        tool="Edit",
        kind="edit",
        input={
            "file_path": "/w/fairshare/split.py",
            "old_string": "    return total / people\n",
            "new_string": "    return round(total / people, 2)\n",
        },
        locations=[{"path": "/w/fairshare/split.py", "line": 2}],
    )
    say("tool_result", toolUseId="c3", output="The file has been updated.")
    call(
        "c4",
        "todowrite",
        "ok",
        {
            "todos": [
                {"content": "Read the tests", "status": "completed"},
                {"content": "Round to the cent", "status": "in_progress"},
            ]
        },
    )
    say("tool_use", toolUseId="c5", tool="mcp__browser__screenshot", input={})
    say("tool_update", toolUseId="c5", title="Take a picture of the page", kind="fetch")
    say(
        "tool_result",
        toolUseId="c5",
        output="",
        content=[
            {"kind": "image", "data": png(480, 300), "title": "The page"},
            {"kind": "image", "data": png(240, 300), "title": "On a phone"},
        ],
    )
    say("text", text="The page shows the rounded shares now:")
    say(
        "text",
        text="",
        content=[
            {"kind": "image", "data": png(360, 240), "title": "Shares of a bill"},
            {
                "kind": "resource",
                "uri": "https://example.org/rounding",
                "title": "How shares are rounded",
            },
        ],
    )
    say("memory_gap", reason="The agent was started again", text="The division loses")


def ask(scene: str) -> None:
    if scene == "permission":
        given = {"file_path": "/w/fairshare/cli.py", "content": "print(split(10, 3))\n"}
        diff = {"path": given["file_path"], "newText": given["content"]}
        say("tool_use", toolUseId="q", tool="Write", input=given, kind="edit")
        say(
            "approval_request",
            toolUseId="q",
            reason="Write fairshare/cli.py",
            input=given,
            diffs=[diff],
            options=OPTIONS,
        )
    elif scene == "plan":
        given = {"plan": PLAN}
        options = [
            {"id": "go", "name": "Yes, and accept edits", "kind": "allow_always"},
            {"id": "ask", "name": "Yes, and ask for each edit", "kind": "allow_once"},
            {"id": "no", "name": "No, keep planning", "kind": "reject_once"},
        ]
        say("tool_use", toolUseId="q", tool="ExitPlanMode", input=given)
        say(
            "approval_request",
            toolUseId="q",
            reason="Ready to code?",
            input=given,
            plan=PLAN,
            options=options,
        )
    elif scene == "question":
        say("tool_use", toolUseId="q", tool="AskUserQuestion", input={})
        say(
            "approval_request",
            toolUseId="q",
            reason="Claude has questions.",
            questions=QUESTIONS,
        )
    elif scene == "raw question":
        say("tool_use", toolUseId="q", tool="AskUserQuestion", input=RAW)
        say("approval_request", toolUseId="q", input=RAW)


def choose(command: Fields) -> None:
    option = next(o for o in (MODE, MODEL, EFFORT) if o["id"] == command["optionId"])
    if command["value"] == "bypass":
        why = "the organisation does not allow it"
        say("error", code="option_refused", message=f"Mode stays as it is: {why}.")
    else:
        option["current"] = command["value"]
    say("config_options", options=[MODE, MODEL, EFFORT])


def main() -> None:
    scene = hear().get("text", "")
    introduce()
    if "question" not in scene:
        work()
    ask(scene)
    while True:
        command = hear()
        match command["type"]:
            case "set_option":
                choose(command)
            case "approve" | "deny":
                say("tool_result", toolUseId="q", output=json.dumps(command))
                return
            case "prompt" if command["text"].startswith("call it "):
                say(
                    "agent_info", **INFO, title=command["text"].removeprefix("call it ")
                )
            case "prompt":
                say("text", text=f"heard {command['text']}")
            case "interrupt" | "cancel":
                return


main()
