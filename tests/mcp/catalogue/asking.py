"""Tools that ask the client while they run: its person, or its model."""

from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    SamplingCapability,
    SamplingMessage,
)

from sessions_app.mcp.api import Json, ToolFailed
from sessions_app.mcp.caller import Call
from tests.mcp.catalogue.arguments import Message, Nothing, Prompt
from tests.mcp.catalogue.contents import result, text
from tests.mcp.catalogue.simple import tool

NAMES = ["option1", "option2", "option3"]
PERSON: Json = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "required": ["username", "email"],
}
DEFAULTS: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {
            "type": "string",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": {"type": "boolean", "default": True},
    },
    "required": [],
}
TITLED = [
    {"const": f"value{number}", "title": f"{word} Option"}
    for number, word in enumerate(("First", "Second", "Third"), start=1)
]
ENUMS: Json = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": NAMES},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": NAMES}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
    "required": [],
}
SAMPLING = ClientCapabilities(sampling=SamplingCapability())


async def _elicit(call: Call, said: Message) -> CallToolResult:
    return await _asked(call, said.message, PERSON, "User response")


async def _defaults(call: Call, said: Nothing) -> CallToolResult:
    return await _asked(call, "Check these values", DEFAULTS, "Elicitation completed")


async def _enums(call: Call, said: Nothing) -> CallToolResult:
    return await _asked(call, "Choose", ENUMS, "Elicitation completed")


async def _asked(call: Call, message: str, form: Json, told: str) -> CallToolResult:
    given = await call.ask("answer", message, form)
    return result(text(f"{told}: action={given.action}, content={given.content}"))


async def _sample(call: Call, said: Prompt) -> CallToolResult:
    if not call.context.session.check_client_capability(SAMPLING):
        raise ToolFailed("The client has no model to ask (`sampling`).")
    question = SamplingMessage(role="user", content=text(said.prompt))
    params = CreateMessageRequestParams(messages=[question], max_tokens=100)
    answer = await call.context.session.send_request(
        CreateMessageRequest(params=params),
        CreateMessageResult,
        # On the stream of this call: the one beside answers may not be open yet.
        metadata=ServerMessageMetadata(related_request_id=call.context.request_id),
    )
    return result(text(f"LLM response: {answer.content}"))


async def _needs_sampling(call: Call, said: Nothing) -> CallToolResult:
    if not call.context.session.check_client_capability(SAMPLING):
        needs: Json = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "It needs sampling.", needs)
    return result(text("The client can sample."))


ASKING = (
    tool("test_elicitation", _elicit, Message),
    tool("test_elicitation_sep1034_defaults", _defaults),
    tool("test_elicitation_sep1330_enums", _enums),
    tool("test_streaming_elicitation", _defaults),
    tool("test_sampling", _sample, Prompt),
    tool("test_missing_capability", _needs_sampling),
)
