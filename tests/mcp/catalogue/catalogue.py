"""What the conformance suite of MCP calls, reads and asks for by name.

Only the server of the suite's own test has this: RINGSIDE_MCP_CATALOGUES names it.
"""

import base64

from mcp.types import PromptArgument, PromptMessage

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.mcp.catalogue import (
    McpCatalogue,
    McpPrompt,
    McpResource,
    Variables,
)
from tests.mcp.catalogue.asking import ASKING
from tests.mcp.catalogue.contents import PNG, embedded, image, text
from tests.mcp.catalogue.rounds import ROUNDS
from tests.mcp.catalogue.simple import SIMPLE

ABOUT = "What the conformance suite asks for"


async def _static(call: Call, said: Variables) -> str:
    return "This is the content of the static text resource."


async def _binary(call: Call, said: Variables) -> bytes:
    return base64.b64decode(PNG)


async def _watched(call: Call, said: Variables) -> str:
    return "It never changes."


async def _template(call: Call, said: Variables) -> Json:
    id_ = said["id"]
    return {"id": id_, "templateTest": True, "data": f"Data for ID: {id_}"}


async def _simple(call: Call, said: Variables) -> list[PromptMessage]:
    return [_message("This is a simple prompt for testing.")]


async def _arguments(call: Call, said: Variables) -> list[PromptMessage]:
    words = ", ".join(f"{name}='{said[name]}'" for name in ("arg1", "arg2"))
    return [_message(f"Prompt with arguments: {words}")]


async def _resource(call: Call, said: Variables) -> list[PromptMessage]:
    found = embedded(said["resourceUri"], "Embedded resource content for testing.")
    return [
        PromptMessage(role="user", content=found),
        _message("Please process the embedded resource above."),
    ]


async def _picture(call: Call, said: Variables) -> list[PromptMessage]:
    return [
        PromptMessage(role="user", content=image()),
        _message("Please analyze the image above."),
    ]


async def _asking(call: Call, said: Variables) -> list[PromptMessage]:
    form = {
        "type": "object",
        "properties": {"context": {"type": "string"}},
        "required": ["context"],
    }
    message = "What context should the prompt use?"
    given = await call.ask("user_context", message, form)
    return [_message(f"Context: {given.content}")]


async def _complete(call: Call, value: str, known: Variables) -> list[str]:
    return [one for one in ("paris", "park", "party", "test") if one.startswith(value)]


def _message(said: str) -> PromptMessage:
    return PromptMessage(role="user", content=text(said))


def _needed(*names: str) -> tuple[PromptArgument, ...]:
    return tuple(PromptArgument(name=name, required=True) for name in names)


CATALOGUE = McpCatalogue(
    tools=SIMPLE + ASKING + ROUNDS,
    resources=(
        McpResource("test://static-text", "text", ABOUT, "text/plain", _static),
        McpResource("test://static-binary", "binary", ABOUT, "image/png", _binary),
        McpResource(
            "test://watched-resource", "watched", ABOUT, "text/plain", _watched
        ),
        McpResource(
            "test://template/{id}/data", "data", ABOUT, "application/json", _template
        ),
    ),
    prompts=(
        McpPrompt("test_simple_prompt", ABOUT, (), _simple),
        McpPrompt(
            "test_prompt_with_arguments", ABOUT, _needed("arg1", "arg2"), _arguments
        ),
        McpPrompt(
            "test_prompt_with_embedded_resource",
            ABOUT,
            _needed("resourceUri"),
            _resource,
        ),
        McpPrompt("test_prompt_with_image", ABOUT, (), _picture),
        McpPrompt("test_input_required_result_prompt", ABOUT, (), _asking),
    ),
    completers={"arg1": _complete, "arg2": _complete},
)
