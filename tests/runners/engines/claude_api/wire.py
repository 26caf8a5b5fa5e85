import json
from typing import Any, Literal

from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator

Ending = Literal["clean", "cut", "silence"]


def text(said: str) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "delta": {"type": "text_delta", "text": said},
        },
        {"type": "content_block_stop"},
    ]


def tool(tool_use_id: str, name: str, **arguments: Any) -> list[dict[str, Any]]:
    block = {"type": "tool_use", "id": tool_use_id, "name": name, "input": {}}
    raw = json.dumps(arguments)
    delta = {"type": "input_json_delta", "partial_json": raw}
    return [
        {"type": "content_block_start", "content_block": block},
        {"type": "content_block_delta", "delta": delta},
        {"type": "content_block_stop"},
    ]


def reply(
    *blocks: list[dict[str, Any]], stop: str | None = None, **delta: Any
) -> CannedStream:
    """A whole reply; it stops for its tools where it has any."""
    return CannedStream(body=body(*blocks, stop=stop, **delta))


def broken(
    *blocks: list[dict[str, Any]], after: int, ending: Ending = "clean"
) -> CannedStream:
    """A reply that ends after some of its frames."""
    frames = body(*blocks).split(b"\n\n")[:after]
    return CannedStream(body=b"\n\n".join(frames) + b"\n\n", ending=ending)


def body(*blocks: list[dict[str, Any]], stop: str | None = None, **delta: Any) -> bytes:
    calls = any(e.get("content_block", {}).get("id") for b in blocks for e in b)
    usage = {"input_tokens": 100, "output_tokens": 1}
    reason = stop or ("tool_use" if calls else "end_turn")
    events = [
        {"type": "message_start", "message": {"content": [], "usage": usage}},
        *(e | {"index": index} for index, b in enumerate(blocks) for e in b),
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, **delta},
            "usage": {"output_tokens": 50},
        },
        {"type": "message_stop"},
    ]
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        for event in events
    )


def last_messages(simulator: Simulator) -> list[dict[str, Any]]:
    """The conversation, as Claude was sent it last."""
    return unmarked(json.loads(simulator.requests[-1].body)["messages"])


def unmarked(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages without the marks for the prompt cache."""
    return [
        message
        | {
            "content": [
                {k: v for k, v in block.items() if k != "cache_control"}
                for block in message["content"]
            ]
        }
        for message in messages
    ]
