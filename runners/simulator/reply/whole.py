import json
from collections.abc import Iterable
from typing import Any

from runners.simulator.reply.reply import StreamEvent

# The field of a block to which each kind of delta appends.
_GROWS = {"text_delta": "text", "thinking_delta": "thinking"}


def whole_message(events: Iterable[StreamEvent]) -> dict[str, Any]:
    """Fold a stream's events into one message."""
    message: dict[str, Any] = {}
    inputs: dict[int, str] = {}
    for body, _ in events:
        match body:
            case {"type": "message_start", "message": dict(start)}:
                message = start | {"content": []}
            case {"type": "content_block_start", "content_block": dict(block)}:
                message["content"].append(dict(block))
            case {"type": "content_block_delta", "index": index, "delta": dict(delta)}:
                _grow(message["content"][index], delta, inputs, index)
            case {"type": "message_delta", "delta": dict(end), "usage": usage}:
                message |= end | {"usage": usage}
    for index, text in inputs.items():
        message["content"][index]["input"] = _tool_input(text)
    return message


def _grow(
    block: dict[str, Any], delta: dict[str, Any], inputs: dict[int, str], index: int
) -> None:
    match delta["type"]:
        case "input_json_delta":
            inputs[index] = inputs.get(index, "") + delta["partial_json"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case kind if kind in _GROWS:
            block[_GROWS[kind]] += delta[_GROWS[kind]]


def _tool_input(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        # max_tokens cut the call: a body cannot hold incomplete JSON.
        return {}
    return dict(found)
