import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """What a stream says, read the plainest way there is."""

    content: list[dict[str, Any]] = field(default_factory=list)
    raw_inputs: dict[int, str] = field(default_factory=dict)  # by place in content
    usage: dict[str, Any] = field(default_factory=dict)
    stop_reason: str | None = None
    ids: set[str] = field(default_factory=set)


def frames(body: bytes) -> list[dict[str, Any]]:
    lines = body.decode().replace("\r\n", "\n").split("\n")
    data = [line[5:].strip() for line in lines if line.startswith("data:")]
    return [json.loads(line) for line in data]


def read(events: list[dict[str, Any]]) -> Reply:
    reply = Reply()
    places: dict[int, int] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                message = event["message"]
                if not reply.ids:
                    reply.content += message["content"]
                    reply.usage |= message.get("usage") or {}
                    reply.stop_reason = message.get("stop_reason")
                reply.ids.add(message["id"])
            case "content_block_start":
                places[event["index"]] = len(reply.content)
                reply.content.append(dict(event["content_block"]))
            case "content_block_delta":
                grow(reply, places[event["index"]], event["delta"])
            case "message_delta":
                reply.stop_reason = event["delta"].get("stop_reason")
                reply.usage |= event.get("usage") or {}
    for place, text in reply.raw_inputs.items():
        if text:
            reply.content[place]["input"] = parsed(text)
    return reply


def grow(reply: Reply, place: int, delta: dict[str, Any]) -> None:
    block = reply.content[place]
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        case "input_json_delta":
            before = reply.raw_inputs.get(place, "")
            reply.raw_inputs[place] = before + delta["partial_json"]
        case "compaction_delta":
            block |= {k: v for k, v in delta.items() if k != "type"}
        case unknown:
            raise AssertionError(f"the recordings have no {unknown}")


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"_unparsed": text}
