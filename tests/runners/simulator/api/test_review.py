from typing import Any

import msgspec
import pytest

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.api.request import MessagesRequest
from runners.simulator.api.review import review
from runners.simulator.api.signature import sign

PROMPT = {"role": "user", "content": "Hello"}


def call(call_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "bash", "input": {}}


def result(call_id: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": "ok"}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def judge(*messages: Any, tools: tuple[Any, ...] = ({"name": "bash"},)) -> None:
    body = {"model": "m", "max_tokens": 1, "messages": messages, "tools": tools}
    review(MessagesRequest.read(msgspec.json.encode(body)))


def thought(words: str, signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": words, "signature": signature}


@pytest.mark.parametrize(
    "messages",
    [
        [PROMPT],
        [PROMPT, user(text("And more"))],
        [PROMPT, assistant(text("Hi")), {"role": "system", "content": "s"}, PROMPT],
        [PROMPT, assistant(thought("hm", sign("hm")), call("a")), user(result("a"))],
        [
            PROMPT,
            assistant(call("a"), call("b")),
            user(result("b"), result("a"), text("and")),
        ],
        [PROMPT, assistant(text("Wait"), {"type": "server_tool_use", "id": "x"})],
        [PROMPT, assistant({"type": "hologram", "depth": 3}), PROMPT],
    ],
)
def test_a_sound_conversation_passes(messages: list[Any]) -> None:
    judge(*messages)


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([assistant(text("Hi"))], "messages.0: the first message"),
        ([user()], "messages.0: all messages must have non-empty"),
        ([user(text(" \n"))], "messages.0.content.0: text must contain"),
        ([user({"text": "a"})], "messages.0.content.0.type: Field required"),
        ([user({"type": "text"})], "messages.0.content.0.text: a field"),
        ([PROMPT, assistant(text("Hi"))], "must end with a user message"),
        ([user(call("a"))], "`tool_use` must be the assistant's"),
        ([PROMPT, assistant(result("a"))], "`tool_result` must be the user's"),
        ([PROMPT, user(result("a"))], "messages.1: unexpected `tool_use_id`"),
        ([PROMPT, assistant(call("a")), PROMPT], "messages.2: `tool_use` ids were"),
        ([PROMPT, assistant(call("a"))], "messages.1: `tool_use` ids were found"),
        (
            [PROMPT, assistant(call("a"), call("b")), user(result("a"))],
            "after: b. Each",
        ),
        (
            [PROMPT, assistant(call("a")), user(text("So"), result("a"))],
            "messages.2: `tool_result` blocks must come first",
        ),
        (
            [PROMPT, assistant(call("a")), user(result("a"), result("a"))],
            "a single result",
        ),
        (
            [
                PROMPT,
                assistant(call("a")),
                user(result("a")),
                assistant(call("a")),
                user(result("a")),
            ],
            "messages.3: `tool_use` ids must be unique: a",
        ),
        (
            [PROMPT, assistant(thought("hm!", sign("hm")), text("Hi")), PROMPT],
            "messages.1.content.0: Invalid `signature`",
        ),
        (
            [
                PROMPT,
                assistant(call("a")),
                user(result("a") | {"content": [{"type": "text"}]}),
            ],
            "messages.2.content.0.content: Input should be",
        ),
        (
            [PROMPT, assistant(call("a")), user(result("a") | {"is_error": "no"})],
            "messages.2.content.0.is_error: Input should be a boolean",
        ),
        (
            [PROMPT, assistant(call("a") | {"input": "ls"}), user(result("a"))],
            "messages.1.content.0.tool_use: a field",
        ),
    ],
)
def test_an_unsound_conversation_is_refused(
    messages: list[Any], complaint: str
) -> None:
    with pytest.raises(InvalidRequestReply) as refused:
        judge(*messages)
    assert complaint in refused.value.message


def test_calls_need_tools() -> None:
    with pytest.raises(InvalidRequestReply, match="must define tools"):
        judge(PROMPT, assistant(call("a")), user(result("a")), tools=())
