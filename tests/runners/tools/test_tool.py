import msgspec
import pytest

from runners.engines.claude_api.options import Options
from runners.engines.claude_api.toolbox import TOOLS, definitions
from runners.tools.context import ToolError
from runners.tools.tool import definition, parse
from sessions_app.protocol.events import TodoUpdate
from sessions_app.protocol.wire import Json
from tests.runners.tools.conftest import Shown, Use


def test_every_tool_is_described() -> None:
    for tool in definitions(Options(model="any")):
        assert tool["description"]
        schema = tool["input_schema"]
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) <= set(schema["properties"])
        msgspec.json.encode(schema)


def test_names_and_fields_derive_from_the_classes() -> None:
    assert set(TOOLS) == {
        "bash",
        "edit_file",
        "glob",
        "grep",
        "read_file",
        "spawn_agent",
        "todo_write",
        "write_file",
    }
    schema = definition(TOOLS["edit_file"])["input_schema"]
    assert schema["required"] == ["path", "old_string", "new_string"]
    assert "TodoItem" in definition(TOOLS["todo_write"])["input_schema"]["$defs"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "missing required field `command`"),
        ({"command": 7}, "$.command"),
        ({"command": ""}, "$.command"),
        ({"command": "ls", "cwd": "/"}, "unknown field `cwd`"),
        ({"command": "ls", "timeout_ms": 0}, "$.timeout_ms"),
    ],
)
def test_wrong_input_names_the_field(arguments: Json, words: str) -> None:
    with pytest.raises(ToolError) as caught:
        parse(TOOLS["bash"], arguments)
    assert words in str(caught.value)


async def test_todos_are_shown(use: Use, shown: Shown) -> None:
    items = [{"text": "Look", "status": "completed"}]
    await use("todo_write", items=items)
    assert shown == [TodoUpdate(items=items)]
