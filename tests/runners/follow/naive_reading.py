"""What transcripts of Claude Code's say: read in the plainest way, for comparison."""

import json
from collections.abc import Collection, Iterable
from typing import Any

Fact = tuple[str, ...]
Fields = dict[str, Any]
SILENT = {  # events that say nothing that stands in one entry
    "turn_start", "turn_end", "todo_update", "agent_spawn", "status", "agent_info",
    "session_started", "agent_complete", "claude.unreadable",
}  # fmt: skip
# Messages that nobody typed.
NOTES = ("<local-command-", "<command-message>", "<task-notification>", "[Request int")
TOKENS = (
    "input_tokens", "output_tokens", "cache_creation_input_tokens",
    "cache_read_input_tokens",
)  # fmt: skip


def facts_of_transcript(data: bytes, seen: set[str | None] | None = None) -> list[Fact]:
    """Read a transcript line by line; each entry by its uuid once.

    `seen` are the entries of other transcripts, which belong to those.
    """
    facts: list[Fact] = []
    seen = set() if seen is None else seen
    for line in data.split(b"\n")[:-1]:
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            assert isinstance(entry, dict)
        except (ValueError, AssertionError, RecursionError):
            facts.append(("bad",))
            continue
        name = entry.get("uuid")
        if name in seen:
            continue
        seen |= {name} - {None}
        facts += _facts_of_entry(entry)
    return facts


def _facts_of_entry(entry: Fields) -> list[Fact]:
    kind, message = entry.get("type"), entry.get("message", {})
    if not isinstance(kind, str):
        return [("bad",)]
    if kind not in {"user", "assistant"}:
        return [("raw", kind)]
    if not isinstance(message, dict) or isinstance(message.get("model"), int):
        return [("bad",)]
    content = message.get("content") or []
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not all(isinstance(block, dict) for block in content):
        return [("bad",)]
    if entry.get("isApiErrorMessage"):
        return [("bad",)]
    results = [_fact_of_block(b) for b in content if b["type"] == "tool_result"]
    if kind == "user" and not results:
        return [_fact_of_prompt(entry, content)]
    if kind == "user":
        return results
    return [_fact_of_block(block) for block in content]


def _fact_of_prompt(entry: Fields, content: list[Fields]) -> Fact:
    text = "\n".join(block["text"] for block in content)
    if entry.get("isCompactSummary"):
        return ("compacted", _shown(text))
    if entry.get("isMeta") or text.startswith(NOTES):
        return ("raw", "user")
    return ("user", _shown(text))


def _fact_of_block(block: Fields) -> Fact:
    match block["type"]:
        case "text" if isinstance(block["text"], str):
            return ("text", _shown(block["text"]))
        case "thinking":
            return ("thinking", _shown(block["thinking"]))
        case "tool_use":
            return ("call", block["id"], block["name"], _json(block["input"]))
        case "tool_result":
            content = block["content"]
            if isinstance(content, list):
                content = "\n".join(part["text"] for part in content)
            return ("result", block["tool_use_id"], _shown(content))
    return ("opaque",)


def facts_of_log(events: Iterable[Fields]) -> list[Fact]:
    """The same, of a session's log."""
    facts: list[Fact] = []
    for event in events:
        match event["type"]:
            case "user_message":
                facts.append(("user", event["text"]))
            case "text" | "thinking":
                facts.append((event["type"], event["text"]))
            case "tool_use" if event["tool"] == "agent":
                continue  # made up for a sub-agent that no call is known of
            case "tool_use":
                input_ = _json(event["input"])
                facts.append(("call", event["toolUseId"], event["tool"], input_))
            case "tool_result":
                facts.append(("result", event["toolUseId"], event["output"]))
            case "error":
                facts.append(("bad",))
            case "compacted":
                facts.append(("compacted", event["summary"]))
            case "opaque_block":
                facts.append(("opaque",))
            case kind if kind not in SILENT:
                facts.append(("raw", event["line"]["type"]))
    return facts


def tokens_of_transcript(data: bytes, seen: Collection[str | None] = ()) -> int:
    """Sum up each message's usage once, without the entries that were seen elsewhere.

    A fork's transcript begins with a copy of its history.
    """
    usages: dict[str, Fields] = {}
    for line in data.split(b"\n"):
        try:
            entry = json.loads(line)
            if entry.get("uuid") not in seen:
                usages[entry["message"]["id"]] = entry["message"]["usage"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return sum(usage.get(name, 0) for usage in usages.values() for name in TOKENS)


def tokens_of_log(events: Iterable[Fields]) -> int:
    ends = [event for event in events if event["type"] == "turn_end"]
    return sum(sum(event["usage"].values()) for event in ends)


def _shown(text: str) -> str:
    """Lone halves of pairs are no text; the log has U+FFFD for them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
