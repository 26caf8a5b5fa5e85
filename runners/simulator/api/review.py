from collections.abc import Iterable
from typing import Any

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.api.request import Message, MessagesRequest
from runners.simulator.api.signature import signed

_TOOL_BLOCKS = {"tool_use", "tool_result"}


def review(request: MessagesRequest) -> None:
    """Refuse an inconsistent conversation, as the API does."""
    messages = request.messages
    if messages[0].role != "user":
        raise InvalidRequestReply(
            "messages.0: the first message must have the role user"
        )
    seen: set[str] = set()
    asked: list[str] = []
    for index, message in enumerate(messages):
        place = f"messages.{index}"
        _review_blocks(message, place)
        _review_answers(message, place, asked)
        asked = [block["id"] for block in message.blocks("tool_use")]
        _review_ids(asked, seen, place)
    if asked:
        raise InvalidRequestReply(_unanswered(f"messages.{len(messages) - 1}", asked))
    _review_end(messages[-1])
    _review_tools(request)


def _review_blocks(message: Message, place: str) -> None:
    blocks = message.blocks()
    if not blocks:
        raise InvalidRequestReply(f"{place}: all messages must have non-empty content")
    for number, block in enumerate(blocks):
        _review_block(block, message.role, f"{place}.content.{number}")


def _review_block(block: dict[str, Any], role: str, place: str) -> None:
    match block:
        case {"type": "text", "text": str(text)}:
            if not text.strip():
                raise InvalidRequestReply(
                    f"{place}: text must contain non-whitespace text"
                )
        case {"type": "thinking", "thinking": str(text), "signature": str(signature)}:
            if not signed(text, signature):
                raise InvalidRequestReply(f"{place}: Invalid `signature` in `thinking`")
        case {"type": "tool_use", "id": str(), "name": str(), "input": dict()}:
            if role != "assistant":
                raise InvalidRequestReply(
                    f"{place}: `tool_use` must be the assistant's"
                )
        case {"type": "tool_result", "tool_use_id": str()}:
            if role != "user":
                raise InvalidRequestReply(f"{place}: `tool_result` must be the user's")
            _review_result(block, place)
        case {"type": "text" | "thinking" | "tool_use" | "tool_result" as kind}:
            raise InvalidRequestReply(
                f"{place}.{kind}: a field is missing or has no value"
            )
        case {"type": str()}:
            pass
        case _:
            raise InvalidRequestReply(f"{place}.type: Field required")


def _review_result(block: dict[str, Any], place: str) -> None:
    if not isinstance(block.get("is_error", False), bool):
        raise InvalidRequestReply(f"{place}.is_error: Input should be a boolean")
    match block.get("content", ""):
        case str():
            return
        case [*parts] if all(isinstance(part, dict) and _sound(part) for part in parts):
            return
    raise InvalidRequestReply(
        f"{place}.content: Input should be a string or a block list"
    )


def _sound(part: dict[str, Any]) -> bool:
    kind = part.get("type")
    return (
        isinstance(part.get("text"), str) if kind == "text" else isinstance(kind, str)
    )


def _review_answers(message: Message, place: str, asked: list[str]) -> None:
    blocks = message.blocks()
    answers = [block["tool_use_id"] for block in message.blocks("tool_result")]
    for answer in answers:
        if answer not in asked:
            raise InvalidRequestReply(
                f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{answer}. Each `tool_result` block must have a corresponding "
                "`tool_use` block in the previous message."
            )
        if answers.count(answer) > 1:
            raise InvalidRequestReply(
                f"{place}: each `tool_use` must have a single result. Found multiple "
                f"`tool_result` blocks with id: {answer}"
            )
    missing = [call for call in asked if call not in answers]
    if missing:
        raise InvalidRequestReply(_unanswered(place, missing))
    if any(block["type"] != "tool_result" for block in blocks[: len(answers)]):
        raise InvalidRequestReply(
            f"{place}: `tool_result` blocks must come first in the content"
        )


def _unanswered(place: str, missing: Iterable[str]) -> str:
    return (
        f"{place}: `tool_use` ids were found without `tool_result` blocks immediately "
        f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
        "`tool_result` block in the next message."
    )


def _review_ids(ids: list[str], seen: set[str], place: str) -> None:
    for call in ids:
        if call in seen:
            raise InvalidRequestReply(f"{place}: `tool_use` ids must be unique: {call}")
        seen.add(call)


def _review_end(last: Message) -> None:
    # Only a pause_turn is continued with an assistant message last, and that message
    # ends with a server tool's block.
    if last.role == "assistant" and last.blocks()[-1]["type"] in ("text", "thinking"):
        raise InvalidRequestReply("the conversation must end with a user message")


def _review_tools(request: MessagesRequest) -> None:
    kinds = {
        block["type"] for message in request.messages for block in message.blocks()
    }
    if kinds & _TOOL_BLOCKS and not request.tools:
        raise InvalidRequestReply(
            "tools: requests which include `tool_use` or `tool_result` blocks must "
            "define tools"
        )
