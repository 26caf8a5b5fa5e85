import re
from typing import Any

import msgspec

from runners.transcripts.entry import BadEntry, time_of
from runners.transcripts.state import TranscriptState, clean_name
from runners.transcripts.tool_kinds import (
    diffs_in,
    hunks,
    kind_of,
    locations_in,
    todos_in,
)
from runners.transcripts.translator import (
    count_at,
    object_at,
    objects_at,
    raw,
    text_at,
)
from runners.transcripts.turns import Turns
from sessions_app.protocol.events import (
    Compacted,
    Error,
    Event,
    OpaqueBlock,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    UserMessage,
)
from sessions_app.protocol.fields.tool_details import ContentBlock
from sessions_app.protocol.wire import Json, Usage

AGENT = "claude"
TITLES = {  # ranks of the fields that hold a title
    "summary": ("summary", 2),
    "ai-title": ("aiTitle", 3),
    "custom-title": ("customTitle", 4),
}
COMMAND = re.compile(
    r"\s*<command-name>(?P<name>[^<]*)</command-name>"
    r"(?:.*<command-args>(?P<args>.*)</command-args>)?",
    re.DOTALL,
)
ECHO = ("<local-command-", "<command-message>", "<task-notification>")
INTERRUPTED = "[Request interrupted by user"
OVER = {"end_turn", "stop_sequence", "max_tokens", "refusal"}


class ClaudeCodeTranslator:
    """Reads Claude Code's transcripts (`~/.claude/projects/*/*.jsonl`).

    A line is a person's message, a block of one of Claude's messages (each line of a
    message carries the message's id and total usage), tool results, or metadata of the
    session.
    """

    def __init__(self, state: TranscriptState) -> None:
        self.state = state
        self._turns = Turns(state)

    def take(self, data: Json) -> list[Event]:
        kind = data.get("type")
        if not isinstance(kind, str):
            raise BadEntry("type: expected a text")
        message, blocks = _message(data, kind)
        self._note(data)
        if self._is_aside(data):
            return [raw(AGENT, data, self.state.ts, "sidechain")]
        if kind == "assistant":
            return self._said_by_claude(data, message, blocks)
        ended = self._turns.end() if self._turns.may_end else []
        if kind == "user":
            return [*ended, *self._user(data, message, blocks)]
        return [*ended, raw(AGENT, data, self.state.ts)]

    def _is_aside(self, data: Json) -> bool:
        """True for a sub-agent's line within its parent's transcript.

        Only versions before 2.0 wrote such lines there.
        """
        if data.get("isSidechain") is False:
            self.state.is_main = True
        return self.state.is_main and data.get("isSidechain") is True

    def rest(self) -> list[Event]:
        return self._turns.end() if self._turns.may_end else []

    def _note(self, data: Json) -> None:
        """Store the session metadata that any line may carry."""
        state = self.state
        state.ts = time_of(data.get("timestamp"), state.ts)
        state.started = state.started or state.ts
        for field, name in (("cwd", "workdir"), ("permissionMode", "permission_mode")):
            if isinstance(data.get(field), str) and not getattr(state, name):
                setattr(state, name, data[field])
        if isinstance(data.get("version"), str):
            state.version = data["version"]
        field, rank = TITLES.get(str(data.get("type")), ("", 0))
        title = data.get(field)
        if isinstance(title, str) and title.strip() and rank >= state.title_rank:
            state.title, state.title_rank = title, rank

    def _said_by_claude(
        self, data: Json, message: Json, blocks: list[Json]
    ) -> list[Event]:
        state = self.state
        model = text_at(message, "model")
        if data.get("isApiErrorMessage") is True:
            state.is_working = False
            text = _text_of(blocks)
            return [Error(ts=state.ts, code="api_error", message=text, fatal=False)]
        state.model = model or state.model
        events = self._turns.begin(message.get("id") or data.get("uuid"), model)
        for block in blocks:
            events += self._block(block)
        stop_reason = text_at(message, "stop_reason")
        self._turns.spend(_usage(message), stop_reason)
        state.is_working = stop_reason not in OVER
        return events

    def _block(self, block: Json) -> list[Event]:
        ts, name = self.state.ts, self._turns.block()
        match block:
            case {"type": "text", "text": str(text)}:
                return [Text(ts=ts, block=name, text=text)]
            case {"type": "thinking", "thinking": str(text)}:
                signature = block.get("signature")
                said = signature if isinstance(signature, str) else ""
                return [Thinking(ts=ts, block=name, text=text, signature=said)]
            case {"type": "tool_use", "id": id_, "name": str(tool), "input": dict()}:
                return self._call(name, id_, tool, block["input"])
        return [OpaqueBlock(ts=ts, block=name, raw=block)]

    def _call(self, block: str, id_: object, tool: str, input_: Json) -> list[Event]:
        use = ToolUse(
            ts=self.state.ts,
            block=block,
            tool_use_id=clean_name(id_),
            tool=tool,
            input=input_,
            kind=kind_of(tool),
            locations=locations_in(input_),
            diffs=diffs_in(input_),
        )
        todos = todos_in(self.state.ts, input_) if tool == "TodoWrite" else []
        return [self._turns.call(use), *todos]

    def _user(self, data: Json, message: Json, blocks: list[Json]) -> list[Event]:
        state = self.state
        results = [block for block in blocks if block.get("type") == "tool_result"]
        text = _text_of([block for block in blocks if block not in results])
        if results:
            state.is_working = True
            events: list[Event] = [
                event for block in results for event in self._result(data, block)
            ]
            said = [UserMessage(ts=state.ts, text=text)] if text.strip() else []
            return [*events, *said]
        if data.get("isCompactSummary") is True:
            reason = "Claude Code has compacted the conversation"
            return [Compacted(ts=state.ts, summary=text, reason=reason, usage=Usage())]
        if data.get("isMeta") is True or text.startswith(ECHO):
            return [raw(AGENT, data, state.ts, "note")]
        if text.startswith(INTERRUPTED):
            state.is_working = False
            return [raw(AGENT, data, state.ts, "interrupted")]
        command = COMMAND.match(text)
        if command:
            text = f"{command['name']} {command['args'] or ''}".strip()
        state.is_working = command is None
        if not state.title_rank:
            state.title, state.prompt, state.title_rank = text, text, 1
        return [UserMessage(ts=state.ts, text=text)]

    def _result(self, data: Json, block: Json) -> list[ToolResult]:
        content = block.get("content")
        parts = content if isinstance(content, list) else []
        blocks = [part for part in parts if isinstance(part, dict)]
        output = content if isinstance(content, str) else _text_of(blocks)
        told = data.get("toolUseResult")
        about: Json = told if isinstance(told, dict) else {}
        ms = about.get("totalDurationMs", about.get("durationMs"))
        is_ms = isinstance(ms, int) and not isinstance(ms, bool) and 0 <= ms < 2**40
        result = self._turns.result(
            block.get("tool_use_id"),
            output,
            is_error=block.get("is_error") is True,
            duration_ms=ms if is_ms and isinstance(ms, int) else -1,
        )
        child = about.get("agentId")
        if isinstance(child, str):
            self.state.agent_calls[f"agent-{child}"] = result.tool_use_id
        path = about.get("filePath")
        if isinstance(path, str):
            diffs, places = hunks(path, about.get("structuredPatch"))
            result = msgspec.structs.replace(result, diffs=diffs, locations=places)
        images = [_image(part) for part in blocks if part.get("type") == "image"]
        return [msgspec.structs.replace(result, content=images)]


def _message(data: Json, kind: str) -> tuple[Json, list[Json]]:
    """Read the message of a line, and its blocks. Raises BadEntry."""
    if kind not in {"user", "assistant"}:
        return {}, []
    message = object_at(data, "message")
    content: Any = message.get("content")
    if isinstance(content, str):
        return message, [{"type": "text", "text": content}]
    for name in ("model", "stop_reason"):
        text_at(message, name)
    return message, objects_at(message, "content")


def _text_of(blocks: list[Json]) -> str:
    """Join the texts of blocks; a placeholder stands for each image."""
    said = []
    for block in blocks:
        if block.get("type") == "image":
            said.append(f"[image: {_image(block).media_type or 'unknown'}]")
        elif isinstance(block.get("text"), str):
            said.append(block["text"])
    return "\n".join(said)


def _image(block: Json) -> ContentBlock:
    source = block.get("source")
    source = source if isinstance(source, dict) else {}
    words = {
        name: source[field] if isinstance(source.get(field), str) else ""
        for name, field in (("media_type", "media_type"), ("data", "data"))
    }
    return ContentBlock(kind="image", **words)


def _usage(message: Json) -> Usage:
    usage = message.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Usage(
        input_tokens=count_at(usage, "input_tokens"),
        output_tokens=count_at(usage, "output_tokens"),
        cache_creation_tokens=count_at(usage, "cache_creation_input_tokens"),
        cache_read_tokens=count_at(usage, "cache_read_input_tokens"),
    )
