"""Tools that answer, fail, log and report progress."""

import asyncio

from mcp.types import CallToolResult

from sessions_app.mcp.api import Json, ToolFailed
from sessions_app.mcp.caller import Call
from sessions_app.mcp.catalogue import McpTool
from sessions_app.people.api_tokens import Scope
from tests.mcp.catalogue.arguments import Named, Nothing, Region
from tests.mcp.catalogue.contents import audio, embedded, image, result, text

STEP_S = 0.05  # between two notifications, as the suite says
SCHEMA_2020_12: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {
        "properties": {"contactMethod": {"const": "phone"}},
        "required": ["contactMethod"],
    },
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


async def _text(call: Call, said: Nothing) -> CallToolResult:
    return result(text("This is a simple text response for testing."))


async def _image(call: Call, said: Nothing) -> CallToolResult:
    return result(image())


async def _audio(call: Call, said: Nothing) -> CallToolResult:
    return result(audio())


async def _embedded(call: Call, said: Nothing) -> CallToolResult:
    return result(
        embedded("test://embedded-resource", "This is an embedded resource content.")
    )


async def _mixed(call: Call, said: Nothing) -> CallToolResult:
    data = '{"test":"data","value":123}'
    return result(
        text("Multiple content types test:"),
        image(),
        embedded("test://mixed-content-resource", data, "application/json"),
    )


async def _error(call: Call, said: Nothing) -> CallToolResult:
    raise ToolFailed("This tool intentionally returns an error for testing")


async def _logging(call: Call, said: Nothing) -> CallToolResult:
    await call.log("info", "Tool execution started")
    await asyncio.sleep(STEP_S)
    await call.log("info", "Tool processing data")
    await asyncio.sleep(STEP_S)
    await call.log("info", "Tool execution completed")
    return result(text("Logged three lines."))


async def _progress(call: Call, said: Nothing) -> CallToolResult:
    for done in (0, 50, 100):
        await call.progress(done, 100)
        await asyncio.sleep(STEP_S)
    return result(text("Reported progress three times."))


async def _region(call: Call, said: Region) -> CallToolResult:
    return result(text(f"Region: {said.region}"))


async def _named(call: Call, said: Named) -> CallToolResult:
    return result(text(f"Name: {said.name}"))


def tool(name: str, run: object, takes: type = Nothing) -> McpTool:
    about = f"What the conformance suite calls {name}"
    return McpTool(name, about, Scope.READ, takes, run)  # type: ignore[arg-type]


SIMPLE = (
    tool("test_simple_text", _text),
    tool("test_image_content", _image),
    tool("test_audio_content", _audio),
    tool("test_embedded_resource", _embedded),
    tool("test_multiple_content_types", _mixed),
    tool("test_error_handling", _error),
    tool("test_tool_with_logging", _logging),
    tool("test_logging_tool", _logging),
    tool("test_tool_with_progress", _progress),
    tool("test_custom_headers", _region, Region),
    McpTool(
        "json_schema_2020_12_tool",
        "Tool with JSON Schema 2020-12 features",
        Scope.READ,
        Named,
        _named,
        input_schema=SCHEMA_2020_12,
    ),
)
