import re
from dataclasses import dataclass, field
from typing import Any

from runners.engines.acp.shape import (
    count_of,
    object_of,
    objects_of,
    text_of,
    without_empty,
)
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.wire import Json

TOOL_NAME = re.compile(r"[A-Za-z][\w.:-]{0,63}")
KINDS = (
    "read", "edit", "delete", "move", "search", "execute", "think", "fetch",
    "switch_mode", "other",
)  # fmt: skip
DONE = ("completed", "failed", "cancelled")


@dataclass(slots=True)
class AgentToolCall:
    """A tool call, as the updates so far describe it."""

    id: str
    tool: str = ""
    said: Json = field(default_factory=dict)  # title, kind, input, locations, diffs
    output: str = ""  # the part streamed so far
    is_done: bool = False

    def update(self, update: Json) -> Json:
        """Merge an update; returns the changed fields."""
        self.tool = self.tool or tool_of(update)
        new = without_empty(
            {
                "title": text_of(update.get("title")),
                "kind": kind_of(update),
                "input": input_of(update.get("rawInput")),
                "locations": locations_of(update.get("locations")),
                "diffs": diffs_of(update.get("content")),
            }
        )
        changed = {k: v for k, v in new.items() if self.said.get(k) != v}
        self.said |= changed
        return changed

    def start(self) -> Json:
        """Make the line that shows the call before its input is complete."""
        return {
            "type": "block_start",
            "block": self._block,
            "kind": "tool_input",
            "tool": self.tool,
            "toolUseId": self.id,
        }

    def use(self) -> Json:
        """Make the `tool_use` line, with tool and input."""
        said: Json = {"input": {}} | self.said
        name = {"block": self._block, "toolUseId": self.id, "tool": self.tool}
        return {"type": "tool_use", **name, **said}

    @property
    def _block(self) -> str:
        return f"{self.id}.in"

    def grown(self, update: Json) -> str:
        """Return the text that an update appends to a running call's output.

        Each update repeats the whole output; Codex sends only the new text, in a field
        of its own.
        """
        told = object_of(object_of(update.get("_meta")).get("terminal_output_delta"))
        if added := text_of(told.get("data")):
            self.output += added
            return added
        text = output_text(update.get("content"))
        if update.get("status") != "in_progress" or not text.startswith(self.output):
            return ""
        added, self.output = text[len(self.output) :], text
        return added

    def result(self, update: Json) -> Json:
        """Make the `tool_result` line, which ends the call."""
        self.is_done = True
        return {
            "type": "tool_result",
            "toolUseId": self.id,
            "tool": self.tool,
            "output": _result_text(update) or self.output,
            "isError": update.get("status") != "completed",
            **without_empty(
                {
                    "diffs": diffs_of(update.get("content")),
                    "locations": locations_of(update.get("locations")),
                    "content": blocks_of(update.get("content")),
                }
            ),
        }


def tool_of(update: Json) -> str:
    """Return the tool's name from the fields that agents use; otherwise its kind."""
    claude = object_of(object_of(update.get("_meta")).get("claudeCode"))
    for said in (update.get("name"), claude.get("toolName"), update.get("title")):
        if isinstance(said, str) and TOOL_NAME.fullmatch(said):
            return said
    kind = kind_of(update)
    return kind if kind not in ("", "other") else "tool"


def kind_of(update: Json) -> str:
    kind = update.get("kind")
    if kind is None or kind == "":
        return ""
    return kind if kind in KINDS else "other"


def input_of(raw: Any) -> Json | None:
    """Return the input as an object; None if there is none."""
    if raw is None or raw == {}:
        return None
    return raw if isinstance(raw, dict) else {"input": raw}


def locations_of(value: Any) -> list[Json]:
    return [
        without_empty({"path": item["path"], "line": count_of(item.get("line"))})
        for item in objects_of(value)
        if text_of(item.get("path"))
    ]


def diffs_of(content: Any) -> list[Json]:
    """Return the diffs in a call's content."""
    found = []
    for item in objects_of(content):
        path, new = item.get("path"), item.get("newText")
        if item.get("type") != "diff" or not isinstance(path, str) or not path:
            continue
        old = item.get("oldText")
        diff: Json = {"path": path, "newText": text_of(new)}
        found.append(diff | ({"oldText": old} if isinstance(old, str) else {}))
    return found


def output_text(content: Any) -> str:
    """Return the text in a call's content."""
    texts = [
        text_of(object_of(item.get("content")).get("text"))
        for item in objects_of(content)
        if item.get("type") == "content"
        and object_of(item.get("content")).get("type") == "text"
    ]
    return "\n".join(texts)


def blocks_of(content: Any) -> list[Json]:
    """Return the images and resources in a call's content."""
    blocks = (
        content_block(object_of(item.get("content")))
        for item in objects_of(content)
        if item.get("type") == "content"
    )
    return [block for block in blocks if block and block["kind"] != "text"]


def content_block(block: Json) -> Json | None:
    """Convert an ACP content block to Ringside's; None if it has no equivalent."""
    match block.get("type"):
        case "text":
            return {"kind": "text", "text": text_of(block.get("text"))}
        case "image":
            return _image(block, text_of(block.get("data")))
        case "resource_link":
            title = text_of(block.get("title")) or text_of(block.get("name"))
            uri = text_of(block.get("uri"))
            return without_empty({"kind": "resource", "uri": uri, "title": title})
        case "resource":
            inner = object_of(block.get("resource"))
            if text_of(inner.get("mimeType")).startswith("image/"):
                return _image(inner, text_of(inner.get("blob")))
            return without_empty(
                {
                    "kind": "resource",
                    "uri": text_of(inner.get("uri")),
                    "text": text_of(inner.get("text")),
                    "mediaType": text_of(inner.get("mimeType")),
                }
            )
    return None


def _image(block: Json, data: str) -> Json:
    """An image; one without data is a resource, because nothing is fetched."""
    uri = text_of(block.get("uri"))
    if not data:
        return {"kind": "resource", "uri": uri, "title": "Image"}
    media_type = text_of(block.get("mimeType"))
    image = {"kind": "image", "data": data, "mediaType": media_type, "uri": uri}
    return without_empty(image)


def _result_text(update: Json) -> str:
    """Return the output as text, preferably the raw one: it has no Markdown fence."""
    raw = update.get("rawOutput")
    if isinstance(raw, str) and raw:
        return raw
    if isinstance(raw, dict):
        for name in ("output", "stdout", "error", "text"):
            if isinstance(raw.get(name), str) and raw[name]:
                return str(raw[name])
    if isinstance(raw, list):
        texts = [t for item in objects_of(raw) if (t := text_of(item.get("text")))]
        if texts:
            return "\n".join(texts)
    text = output_text(update.get("content"))
    if text or raw in (None, "", {}, []):
        return text
    return encode_json(raw).decode()
