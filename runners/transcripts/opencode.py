from collections.abc import Iterator

import msgspec

from runners.transcripts.entry import Entry, time_of
from runners.transcripts.state import TranscriptState, clean_name
from runners.transcripts.tool_kinds import diffs_in, kind_of, locations_in, todos_in
from runners.transcripts.translator import count_at, object_at, raw, text_at
from runners.transcripts.turns import Turns
from sessions_app.protocol.events import (
    Error,
    Event,
    Text,
    Thinking,
    ToolUse,
    UserMessage,
)
from sessions_app.protocol.wire import Json, Usage

AGENT = "opencode"
ENDED = {"completed", "error"}  # final states of a call
SILENT = {"step-start"}


def entries_of(message: Json, parts: list[Json], *, is_last: bool) -> Iterator[Entry]:
    """Make entries from the final parts of a stored message.

    A call makes two entries, its start and its end. `is_last`: no message follows, so a
    text part without an end may still grow.
    """
    name = str(message.get("id"))
    time = message.get("time")
    is_whole = not is_last or (isinstance(time, dict) and "completed" in time)
    is_whole = is_whole or message.get("role") == "user" or "error" in message
    for part in parts:
        key = str(part.get("id"))
        data = {"message": message, "part": part}
        state = part.get("state")
        if part.get("type") != "tool" or not isinstance(state, dict):
            end = part.get("time")
            is_ended = not isinstance(end, dict) or "end" in end
            if is_whole or is_ended:
                yield Entry(key, data, is_named=True)
            continue
        status = str(state.get("status"))
        if status in ENDED or status == "running":
            yield Entry(key, {**data, "begins": True}, is_named=True)
        if status in ENDED:
            yield Entry(f"{key}/end", data, is_named=True)
    if message.get("error"):
        yield Entry(f"{name}/error", {"message": message}, is_named=True)


def is_open(message: Json, parts: list[Json]) -> bool:
    """True if a message is incomplete."""
    keys = {entry.key for entry in entries_of(message, parts, is_last=True)}
    wanted = {str(part.get("id")) for part in parts}
    wanted |= {f"{one['id']}/end" for one in parts if one.get("type") == "tool"}
    time = message.get("time")
    is_whole = isinstance(time, dict) and "completed" in time
    is_whole = is_whole or message.get("role") == "user" or "error" in message
    return not is_whole or not wanted <= keys


class OpencodeTranslator:
    """Reads opencode's messages and their parts, from either of its stores."""

    def __init__(self, state: TranscriptState) -> None:
        self.state = state
        self._turns = Turns(state)

    def take(self, data: Json) -> list[Event]:
        message, part = object_at(data, "message"), object_at(data, "part")
        kind, role = text_at(part, "type"), text_at(message, "role")
        model = text_at(message, "modelID")
        input_ = object_at(object_at(part, "state"), "input")
        self._note(message, part)
        if not part:
            return self._failed(message)
        if role == "user":
            return [*self._turns.end(), *self._user(part, kind)]
        self.state.model = model or self.state.model
        return self._part(data, message, part, kind, input_)

    def rest(self) -> list[Event]:
        return []

    def _note(self, message: Json, part: Json) -> None:
        state = self.state
        created = _time(message, "created", state.ts)
        times = part.get("state") if part.get("type") == "tool" else part
        started = _time(times if isinstance(times, dict) else {}, "start", created)
        state.ts = max(state.ts, started)
        state.started = state.started or state.ts
        path = message.get("path")
        cwd = path.get("cwd") if isinstance(path, dict) else None
        if isinstance(cwd, str):
            state.workdir = state.workdir or cwd

    def _failed(self, message: Json) -> list[Event]:
        self.state.is_working = False
        error = message.get("error")
        data = error.get("data") if isinstance(error, dict) else None
        text = data.get("message") if isinstance(data, dict) else None
        name = error.get("name") if isinstance(error, dict) else None
        said = text if isinstance(text, str) else str(name or "the agent failed")
        return [Error(ts=self.state.ts, code="agent", message=said, fatal=False)]

    def _user(self, part: Json, kind: str) -> list[Event]:
        state, text = self.state, part.get("text")
        is_typed = kind == "text" and isinstance(text, str)
        if not is_typed or part.get("synthetic") is True:
            return [raw(AGENT, part, state.ts)]
        state.is_working = True
        if not state.title_rank:
            state.title, state.prompt, state.title_rank = str(text), str(text), 1
        return [UserMessage(ts=state.ts, text=str(text))]

    def _part(
        self, data: Json, message: Json, part: Json, kind: str, input_: Json
    ) -> list[Event]:
        state = self.state
        if kind == "tool" and data.get("begins") is not True:
            return [self._ended(part)]
        if kind == "step-finish":
            return self._finished(message, part)
        begun = self._turns.begin(message.get("id"), state.model)
        state.is_working = True
        if kind in SILENT:
            return begun
        block, ts, text = self._turns.block(), state.ts, part.get("text")
        if kind == "text" and isinstance(text, str):
            return [*begun, Text(ts=ts, block=block, text=text)]
        if kind == "reasoning" and isinstance(text, str):
            return [*begun, Thinking(ts=ts, block=block, text=text)]
        if kind == "tool":
            return [*begun, *self._call(block, part, input_)]
        return [*begun, raw(AGENT, part, ts)]

    def _call(self, block: str, part: Json, input_: Json) -> list[Event]:
        tool = part.get("tool")
        tool = tool if isinstance(tool, str) and tool else "tool"
        use = ToolUse(
            ts=self.state.ts,
            block=block,
            tool_use_id=clean_name(part.get("callID") or part.get("id")),
            tool=tool,
            input=input_,
            kind=kind_of(tool),
            locations=locations_in(input_),
            diffs=diffs_in(input_),
        )
        todos = todos_in(self.state.ts, input_) if tool == "todowrite" else []
        return [self._turns.call(use), *todos]

    def _ended(self, part: Json) -> Event:
        state = part["state"]
        output = state.get("output") if state.get("status") == "completed" else None
        output = state.get("error") if output is None else output
        started, ended = _time(state, "start", 0), _time(state, "end", 0)
        self.state.ts = max(self.state.ts, ended)
        result = self._turns.result(
            part.get("callID") or part.get("id"),
            output if isinstance(output, str) else "",
            is_error=state.get("status") == "error",
            duration_ms=ended - started if 0 < started <= ended else -1,
        )
        about = state.get("metadata")
        code = about.get("exit") if isinstance(about, dict) else None
        child = about.get("sessionId") if isinstance(about, dict) else None
        if isinstance(child, str):
            self.state.agent_calls[child] = result.tool_use_id
        if isinstance(code, int) and code:
            result = msgspec.structs.replace(result, is_error=True)
        return result

    def _finished(self, message: Json, part: Json) -> list[Event]:
        begun = self._turns.begin(message.get("id"), self.state.model)
        tokens, cost = part.get("tokens"), part.get("cost")
        reason = part.get("reason")
        self.state.is_working = reason == "tool-calls"
        self._turns.spend(
            _usage(tokens if isinstance(tokens, dict) else {}),
            "tool_use" if reason == "tool-calls" else "end_turn",
            is_more=True,
        )
        is_cost = isinstance(cost, int | float) and not isinstance(cost, bool)
        return [*begun, *self._turns.end(float(cost) if is_cost and cost else None)]


def _time(data: Json, name: str, otherwise: int) -> int:
    time = data.get("time")
    return time_of(time.get(name) if isinstance(time, dict) else None, otherwise)


def _usage(tokens: Json) -> Usage:
    cache = tokens.get("cache")
    cache = cache if isinstance(cache, dict) else {}
    return Usage(
        input_tokens=count_at(tokens, "input"),
        output_tokens=count_at(tokens, "output") + count_at(tokens, "reasoning"),
        cache_creation_tokens=count_at(cache, "write"),
        cache_read_tokens=count_at(cache, "read"),
    )
