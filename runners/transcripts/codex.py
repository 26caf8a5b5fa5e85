import re
from typing import Any

import msgspec

from runners.port.tool_input import MalformedInput, parse_input, unparsed
from runners.transcripts.entry import BadEntry, time_of
from runners.transcripts.state import TranscriptState, clean_name, fingerprint
from runners.transcripts.tool_kinds import diffs_of_patch, kind_of, todos_in
from runners.transcripts.translator import count_at, object_at, objects_at, raw, text_at
from runners.transcripts.turns import Turns
from sessions_app.protocol.events import (
    Compacted,
    Error,
    Event,
    OpaqueBlock,
    Text,
    Thinking,
    ToolUse,
    UserMessage,
)
from sessions_app.protocol.wire import Json, Usage

AGENT = "codex"
CALLS = {"function_call", "custom_tool_call", "local_shell_call"}
OUTPUTS = {"function_call_output", "custom_tool_call_output"}
ITEMS = {"message", "reasoning", *CALLS, *OUTPUTS}
HEAD_CHARS = 200  # of an output; they contain the exit code
SPAWN = "spawn_agent"  # its output names the sub-agent's thread
THREAD = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Prefixes of user messages that Codex itself adds.
HARNESS = ("<", "# AGENTS.md instructions")


class CodexTranslator:
    """Reads Codex's rollouts (`~/.codex/sessions/**/rollout-*.jsonl`).

    `response_item` lines hold the model's texts and calls. `event_msg` lines repeat
    them for Codex's own interface and add usage, turn ends and a person's prompts.
    Rollouts of 2025 hold the bare items without a `payload`.
    """

    def __init__(self, state: TranscriptState) -> None:
        self.state = state
        self._turns = Turns(state)

    def take(self, data: Json) -> list[Event]:
        payload = object_at(data, "payload")
        kind = text_at(data, "type")
        if not payload and kind in ITEMS:
            kind, payload = "response_item", data
        checked = _checked(kind, payload)
        state = self.state
        state.ts = time_of(data.get("timestamp"), state.ts)
        state.started = state.started or state.ts
        events = self._line(kind, payload, checked)
        return [raw(AGENT, data, state.ts)] if events is None else events

    def rest(self) -> list[Event]:
        return []

    def _line(self, kind: str, payload: Json, parts: list[Json]) -> list[Event] | None:
        """Translate a line; None if it is to be kept raw."""
        match kind, payload.get("type"):
            case (("session_meta" | "turn_context"), _):
                self._about(payload)
                return None
            case "response_item", _:
                return self._item(payload, parts)
            case "compacted", _:
                text = text_at(payload, "message")
                reason = "Codex has compacted the conversation"
                return [self._compacted(text, reason)]
            case "token_usage_record", _:
                total = payload.get("thread_token_usage")
                return self._spent(total, payload.get("usage"))
            case "event_msg", "token_count":
                info = payload.get("info")
                info = info if isinstance(info, dict) else {}
                total = info.get("total_token_usage")
                return self._spent(total, info.get("last_token_usage"))
            case "event_msg", _:
                return self._event(payload)
        return None

    def _about(self, payload: Json) -> None:
        state = self.state
        for field, name in (
            ("cwd", "workdir"),
            ("model", "model"),
            ("cli_version", "version"),
            ("approval_policy", "permission_mode"),
        ):
            if isinstance(payload.get(field), str):
                setattr(state, name, payload[field])
        if isinstance(payload.get("forked_from_id"), str):
            state.is_fork = True

    def _compacted(self, text: str, reason: str) -> Compacted:
        return Compacted(ts=self.state.ts, summary=text, reason=reason, usage=Usage())

    def _event(self, payload: Json) -> list[Event] | None:
        state = self.state
        item = payload.get("item")
        match payload:
            case {"type": "user_message", "message": str(text)}:
                return self._typed(text)
            case {"type": "item_completed", "item": {"type": "UserMessage"}}:
                content = item.get("content") if isinstance(item, dict) else None
                return self._typed(_text_of(content))
            case {"type": "task_started"}:
                state.is_working = True
            case {"type": "task_complete"} | {"type": "turn_aborted"}:
                state.is_working = False
                return [*self._turns.end(), *_none_or_raw(payload, state.ts)]
            case {"type": "error", "message": str(text)}:
                return [Error(ts=state.ts, code="agent", message=text, fatal=False)]
            case {"type": "item_completed", "item": {"type": str(kind)}}:
                said = {"AgentMessage", "Reasoning", "CommandExecution"}
                return [] if kind in said else None
            case {"type": "agent_message" | "agent_reasoning"}:
                return []  # repeats a `response_item` line
        return None

    def _typed(self, text: str) -> list[Event]:
        """Log a person's prompt once, though two or three lines repeat it."""
        state, print_ = self.state, fingerprint(text)
        if not text.strip() or state.last_said == print_:
            return []
        state.last_said, state.is_working = print_, True
        if not state.title_rank:
            state.title, state.prompt, state.title_rank = text, text, 1
        return [*self._turns.end(), UserMessage(ts=state.ts, text=text)]

    def _item(self, item: Json, parts: list[Json]) -> list[Event] | None:
        kind = item.get("type")
        if kind == "message" and item.get("role") != "assistant":
            text = _text_of(parts)
            is_typed = item.get("role") == "user" and not text.startswith(HARNESS)
            return self._typed(text) if is_typed else None
        if kind in OUTPUTS:
            return [self._output(item)]
        if kind not in ITEMS:
            begun = self._begin()
            return [
                *begun,
                OpaqueBlock(ts=self.state.ts, block=self._turns.block(), raw=item),
            ]
        self.state.last_said = ""
        begun = self._begin()
        block, ts = self._turns.block(), self.state.ts
        if kind == "message":
            return [*begun, Text(ts=ts, block=block, text=_text_of(parts))]
        if kind == "reasoning":
            return [*begun, Thinking(ts=ts, block=block, text=_text_of(parts))]
        return [*begun, *self._call(block, item)]

    def _begin(self) -> list[Event]:
        """Open a turn unless one is open: the model's answers have no ids in Codex."""
        self.state.is_working = True
        if self.state.current:
            return []
        return self._turns.begin(f"turn{self.state.turn + 1}", self.state.model)

    def _call(self, block: str, item: Json) -> list[Event]:
        tool = item.get("name")
        tool = tool if isinstance(tool, str) and tool else "local_shell"
        input_ = _input(item)
        patch = input_.get("patch")
        use = ToolUse(
            ts=self.state.ts,
            block=block,
            tool_use_id=clean_name(item.get("call_id") or item.get("id")),
            tool=tool,
            input=input_,
            kind=kind_of(tool),
            diffs=diffs_of_patch(patch) if isinstance(patch, str) else [],
        )
        todos = todos_in(self.state.ts, input_) if tool == "update_plan" else []
        return [self._turns.call(use), *todos]

    def _output(self, item: Json) -> Event:
        output, is_error = _output_of(item.get("output"))
        result = self._turns.result(item.get("call_id"), output, is_error=is_error)
        for child in THREAD.findall(output) if result.tool == SPAWN else ():
            self.state.agent_calls[child] = result.tool_use_id
        return result

    def _spent(self, total: object, last: object) -> list[Event]:
        """Count the growth of the session's total usage, and end the open turn.

        `last` is the usage of the last request. A fork's total begins with the usage of
        the thread that it was forked from.
        """
        state = self.state
        usage = _usage(total if isinstance(total, dict) else {})
        if state.is_fork and not state.total.total and isinstance(last, dict):
            state.total = _less(usage, _usage(last))
        spent = _less(usage, state.total)
        if usage.total <= state.total.total:
            return []
        state.total = usage
        begun = self._begin()
        self._turns.spend(spent, "end_turn")
        return [*begun, *self._turns.end()]


def _less(usage: Usage, before: Usage) -> Usage:
    """What has been spent since a sum was `before`."""
    return Usage(
        **{
            name: max(getattr(usage, name) - getattr(before, name), 0)
            for name in Usage.__struct_fields__
        }
    )


def _checked(kind: str, payload: Json) -> list[Json]:
    """Read the parts of an item's text. Raises BadEntry."""
    if kind == "compacted":
        text_at(payload, "message")
    if kind != "response_item":
        return []
    if not isinstance(payload.get("type"), str):
        raise BadEntry("payload.type: expected a text")
    if payload["type"] == "reasoning":
        return [*objects_at(payload, "summary"), *objects_at(payload, "content")]
    return objects_at(payload, "content") if payload["type"] == "message" else []


def _none_or_raw(payload: Json, ts: int) -> list[Event]:
    """Keep an abnormal end as a raw event; drop a normal one."""
    return [raw(AGENT, payload, ts)] if payload["type"] == "turn_aborted" else []


def _text_of(parts: Any) -> str:
    found = parts if isinstance(parts, list) else []
    texts = [part.get("text") for part in found if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _input(item: Json) -> Json:
    for field in ("arguments", "input"):
        text = item.get(field)
        if not isinstance(text, str):
            continue
        if text.lstrip().startswith("*** Begin Patch"):
            return {"patch": text}
        try:
            return parse_input(text)
        except MalformedInput:
            return unparsed(text)
    action = item.get("action")
    return action if isinstance(action, dict) else {}


def _output_of(output: object) -> tuple[str, bool]:
    """Read an output: plain text, JSON text, or a list of parts."""
    if isinstance(output, list):
        return _text_of(output), False
    if isinstance(output, dict):
        content = output.get("content")
        return str(content or ""), output.get("success") is False
    text = output if isinstance(output, str) else ""
    if not text.startswith('{"output"'):
        head = text[:HEAD_CHARS]
        code = head.partition("Process exited with code ")[2].partition("\n")[0]
        return text, code.strip().isdigit() and code.strip() != "0"
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text, False
    about = told.get("metadata") if isinstance(told, dict) else None
    status = about.get("exit_code") if isinstance(about, dict) else 0
    said = told.get("output") if isinstance(told, dict) else None
    return (said if isinstance(said, str) else text), status not in (0, None)


def _usage(total: Json) -> Usage:
    cached = count_at(total, "cached_input_tokens")
    return Usage(
        input_tokens=max(count_at(total, "input_tokens") - cached, 0),
        output_tokens=count_at(total, "output_tokens"),
        cache_read_tokens=cached,
    )
