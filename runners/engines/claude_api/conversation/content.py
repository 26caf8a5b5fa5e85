from collections.abc import Iterable, Sequence

from sessions_app.protocol.events import OpaqueBlock, Text, Thinking, ToolUse
from sessions_app.protocol.wire import Json

Whole = Text | Thinking | ToolUse | OpaqueBlock


def api_block(event: Whole) -> Json | None:
    """Convert a block's final event into the content block sent back to the API.

    Returns None for blocks that the API rejects: empty text, thinking without a
    signature, and a call without a valid id or name, which cannot get a result.
    """
    block = _api_block(event)
    return block | event.more.get("api", {}) if block else None


def settle(content: Sequence[Json]) -> list[Json]:
    """Drop what must not end a message: open server calls and trailing thinking."""
    answered = [block.get("tool_use_id") for block in content]
    kept = [b for b in content if not _is_server_call(b) or b.get("id") in answered]
    while kept and kept[-1]["type"] in {"thinking", "redacted_thinking"}:
        kept.pop()
    return kept


def tool_result(tool_use_id: str, output: str, *, is_error: bool) -> Json:
    result = {"type": "tool_result", "tool_use_id": tool_use_id, "content": output}
    return result | {"is_error": True} if is_error else result


def user_text(texts: Iterable[str]) -> list[Json]:
    return [{"type": "text", "text": text} for text in texts if text.strip()]


def reply_text(content: Iterable[Json]) -> str:
    """The text of a message, without thinking and tool calls."""
    # Citations split one sentence into several text blocks, so texts are joined
    # directly; any other block separates paragraphs.
    texts = [b["text"] if b["type"] == "text" else "\n\n" for b in content]
    return "".join(texts).strip()


def _api_block(event: Whole) -> Json | None:
    match event:
        case Text(text=text, citations=citations) if text.strip():
            block: Json = {"type": "text", "text": text}
            return block | {"citations": citations} if citations else block
        case Thinking(text=text, signature=signature) if signature:
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolUse(tool_use_id=tool_use_id, tool=tool, input=arguments):
            return {
                "type": "tool_use",
                "id": tool_use_id,
                "name": tool,
                "input": arguments,
            }
        case OpaqueBlock(raw={"type": "tool_use"}):
            return None
        case OpaqueBlock(raw=raw):
            return {k: v for k, v in raw.items() if not k.startswith("_")}
    return None


def _is_server_call(block: Json) -> bool:
    return block["type"] in {"server_tool_use", "mcp_tool_use"}
