"""Tools of 2026-07-28 that need more than one round."""

from collections.abc import Mapping

from mcp.types import (
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    RootsCapability,
    SamplingMessage,
)

from sessions_app.mcp.caller import Call
from tests.mcp.catalogue.arguments import Nothing
from tests.mcp.catalogue.asking import SAMPLING
from tests.mcp.catalogue.contents import result, text
from tests.mcp.catalogue.simple import tool

Answer = CallToolResult | InputRequiredResult
ELICITATION = ClientCapabilities(elicitation=ElicitationCapability())
ROOTS = ClientCapabilities(roots=RootsCapability())


def person(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {
        "type": "object",
        "properties": {field: {"type": kind}},
        "required": [field],
    }
    params = ElicitRequestFormParams(message=message, requested_schema=schema)
    return ElicitRequest(params=params)


def model(prompt: str, most: int) -> CreateMessageRequest:
    question = SamplingMessage(role="user", content=text(prompt))
    params = CreateMessageRequestParams(messages=[question], max_tokens=most)
    return CreateMessageRequest(params=params)


def needs(
    call: Call, asked: Mapping[str, InputRequest], state: str | None = None
) -> InputRequiredResult | None:
    """Return what to ask for, while an answer is missing."""
    if all(key in call.answers for key in asked):
        return None
    return InputRequiredResult(input_requests=dict(asked), request_state=state)


def done(call: Call) -> CallToolResult:
    said = {key: answer.model_dump() for key, answer in call.answers.items()}
    return result(text(f"state-ok {said}"))


async def _name(call: Call, said: Nothing) -> Answer:
    asked = {"user_name": person("What is your name?", "name")}
    return needs(call, asked) or done(call)


async def _capital(call: Call, said: Nothing) -> Answer:
    asked = {"capital_question": model("What is the capital of France?", 100)}
    return needs(call, asked) or done(call)


async def _roots(call: Call, said: Nothing) -> Answer:
    return needs(call, {"client_roots": ListRootsRequest()}) or done(call)


async def _state(call: Call, said: Nothing) -> Answer:
    asked = {"confirm": person("Please confirm", "ok", "boolean")}
    if call.state != "asked":
        return InputRequiredResult(input_requests=dict(asked), request_state="asked")
    return needs(call, asked, "asked") or done(call)


async def _many(call: Call, said: Nothing) -> Answer:
    asked: dict[str, InputRequest] = {
        "user_name": person("What is your name?", "name"),
        "greeting": model("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    return needs(call, asked, "asked") or done(call)


async def _rounds(call: Call, said: Nothing) -> Answer:
    first = {"step1": person("Step 1: What is your name?", "name")}
    second = {"step2": person("Step 2: What is your favorite color?", "color")}
    if call.state == "second":
        return needs(call, second, "second") or done(call)
    if call.state == "first" and needs(call, first) is None:
        return InputRequiredResult(input_requests=dict(second), request_state="second")
    return InputRequiredResult(input_requests=dict(first), request_state="first")


async def _capabilities(call: Call, said: Nothing) -> Answer:
    can = call.context.session.check_client_capability
    asked: dict[str, InputRequest] = {}
    if can(ELICITATION):
        asked["user_name"] = person("What is your name?", "name")
    if can(SAMPLING):
        asked["greeting"] = model("Generate a greeting", 50)
    if can(ROOTS):
        asked["client_roots"] = ListRootsRequest()
    return (needs(call, asked) if asked else None) or done(call)


PREFIX = "test_input_required_result_"
ROUNDS = (
    tool(f"{PREFIX}elicitation", _name),
    tool(f"{PREFIX}sampling", _capital),
    tool(f"{PREFIX}list_roots", _roots),
    tool(f"{PREFIX}request_state", _state),
    tool(f"{PREFIX}tampered_state", _state),
    tool(f"{PREFIX}multiple_inputs", _many),
    tool(f"{PREFIX}multi_round", _rounds),
    tool(f"{PREFIX}capabilities", _capabilities),
)
