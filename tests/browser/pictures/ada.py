"""A session of Claude Code's that somebody else has run, as its transcript tells it."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NAME = "5a1d0c1e-77aa-4f1c-9a90-1f5e2c3b4d6f"
PROMPT = "Why does the import lose the last row?"
ENTRIES: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("user", [{"type": "text", "text": PROMPT}]),
    (
        "assistant",
        [
            {"type": "thinking", "thinking": "A file may end without a line end."},
            {"type": "text", "text": "I read how the file is split into rows."},
            {
                "type": "tool_use",
                "id": "t1",
                "name": "Bash",
                "input": {"command": "grep -n split src/rows.py"},
            },
        ],
    ),
    (
        "user",
        [
            {
                "type": "tool_result",
                "tool_use_id": "t1",
                "content": '12:    return text.split("\\n")[:-1]',
            }
        ],
    ),
    (
        "assistant",
        [
            {
                "type": "tool_use",
                "id": "t2",
                "name": "AskUserQuestion",
                "input": {
                    "questions": [
                        {
                            "question": "May a file end without a line end?",
                            "header": "Format",
                            "options": [
                                {"label": "Yes", "description": "Keep the last row"},
                                {"label": "No", "description": "Refuse the file"},
                            ],
                        }
                    ]
                },
            }
        ],
    ),
    (
        "user",
        [{"type": "tool_result", "tool_use_id": "t2", "content": "Format: Yes"}],
    ),
    (
        "assistant",
        [
            {
                "type": "tool_use",
                "id": "t3",
                "name": "Edit",
                "input": {
                    "file_path": "/home/ada/rows/src/rows.py",
                    "old_string": '    return text.split("\\n")[:-1]\n',
                    "new_string": "    return text.splitlines()\n",
                },
            }
        ],
    ),
    ("user", [{"type": "tool_result", "tool_use_id": "t3", "content": "Updated."}]),
    (
        "assistant",
        [
            {
                "type": "text",
                "text": "The last row is kept now: `splitlines` does not need a line "
                "end at the end of the file.",
            }
        ],
    ),
)


def write_transcript(home: Path) -> None:
    """Write it where Claude Code would, below a home directory."""
    directory = home / ".claude" / "projects" / "-home-ada-rows"
    directory.mkdir(parents=True)
    began = datetime.now(UTC) - timedelta(minutes=9)
    lines = []
    for number, (kind, content) in enumerate(ENTRIES):
        message: dict[str, Any] = {"role": kind, "content": content}
        if kind == "assistant":
            usage = {"input_tokens": 8_400 + 700 * number, "output_tokens": 180}
            stop = "end_turn" if number == len(ENTRIES) - 1 else "tool_use"
            message |= {"id": f"msg_{number}", "model": "claude-opus-5-5"}
            message |= {"usage": usage, "stop_reason": stop}
        line = {
            "type": kind,
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{NAME}{number}")),
            "sessionId": NAME,
            "cwd": "/home/ada/rows",
            "timestamp": (began + timedelta(seconds=12 * number)).isoformat(),
            "message": message,
        }
        lines.append(json.dumps(line))
    (directory / f"{NAME}.jsonl").write_text("\n".join(lines) + "\n")
