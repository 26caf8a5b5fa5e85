from collections.abc import Callable
from types import MappingProxyType

import msgspec

from runners.engines.json_lines.transcript.asked_questions import (
    questions_in,
    with_answers,
)
from runners.engines.json_lines.transcript.names import Names
from runners.engines.json_lines.transcript.open_calls import OpenCalls
from runners.engines.json_lines.transcript.stream import Stream
from runners.port.streamed_text import StreamedText
from sessions_app.protocol.encoding.codec import ProtocolError, read_event
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    ApprovalRequest,
    BlockStart,
    Event,
    Kind,
    OpaqueBlock,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolOutputDelta,
    ToolResult,
    ToolUpdate,
    ToolUse,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
    UserMessage,
)
from sessions_app.protocol.wire import Json

BlockDelta = TextDelta | ThinkingDelta | ToolInputDelta
BLOCK_MAX_CHARS = 1_000_000  # limit for one block that the program does not end
# Defaults of fields that a line may omit and that cannot be inferred.
DEFAULTS: MappingProxyType[str, Json] = MappingProxyType(
    {
        "agent_complete": {"status": "success", "usage": {}},
        "agent_spawn": {"task": "", "toolUseId": ""},
        "approval_request": {"input": {}, "reason": "", "tool": "", "toolUseId": ""},
        "error": {"code": "program", "message": "", "fatal": False},
        "tool_output_delta": {"offset": 0, "toolUseId": ""},
        "tool_result": {
            "tool": "",
            "output": "",
            "isError": False,
            "durationMs": -1,
            "toolUseId": "",
        },
        "tool_use": {"input": {}, "toolUseId": "", "block": ""},
        "tool_update": {"toolUseId": ""},
        "turn_end": {"usage": {}, "stopReason": "end_turn"},
        **{
            name: {"offset": 0, "block": ""}
            for name in ("text_delta", "thinking_delta", "tool_input_delta")
        },
        **{name: {"block": ""} for name in ("text", "thinking", "block_start")},
    }
)
KINDS: MappingProxyType[type[Event], Kind] = MappingProxyType(
    {
        TextDelta: "text",
        ThinkingDelta: "thinking",
        ToolInputDelta: "tool_input",
        Text: "text",
        Thinking: "thinking",
        ToolUse: "tool_input",
    }
)
# These events leave the unnamed block open; any other event ends it.
BESIDE = (
    "tool_output_delta", "tool_update", "retry", "throttled", "resumed", "todo_update",
    "agent_info", "config_options", "available_commands", "context_usage", "error",
)  # fmt: skip


class Transcript:
    """One session of a program: converts each line into the events it stands for.

    A line may omit what can be inferred: block, offset, toolUseId, turn. A streamed
    block gets its final when it ends. Pure; `clock` is monotonic, in seconds. Names of
    a later run of the program (`run` above 0) get a prefix.
    """

    def __init__(self, model: str, run: int, clock: Callable[[], float]) -> None:
        self.names = Names(run)
        self.last_text = ""
        self._model = model
        self._clock = clock
        self._turn = 0
        self._message = ""
        self._streams: dict[str, Stream] = {}  # by the log's block names
        self._bare = ""  # the open block that lines without a block name write to
        self._calls = OpenCalls()

    def feed(self, fields: Json) -> list[Event]:
        """Convert a line into events. Raises ProtocolError."""
        event = self._read(fields)
        match event:
            case TextDelta() | ThinkingDelta() | ToolInputDelta():
                return self._delta(event)
            case Text() | Thinking() | ToolUse():
                return self._final(event)
            case ToolOutputDelta():
                return self._output(event)
        if isinstance(event, AgentComplete):
            return [*self.close(partial=event.status != "success"), event]
        ends = self._end_bare() if event.wire_type() not in BESIDE else []
        return [*ends, *self._other(event)]

    def close(self, *, partial: bool) -> list[Event]:
        """Make the finals of all open blocks and calls."""
        streams, self._streams, self._bare = self._streams, {}, ""
        finals: list[Event] = [s.final(partial=partial) for s in streams.values()]
        for final in finals:
            if isinstance(final, Text):
                self.last_text = final.text
        now = self._clock()
        return [*finals, *(call.lost(now) for call in self._calls.clear())]

    def child_ended(self, child: str, text: str) -> list[Event]:
        """Make the result of the call that started a sub-agent, if it is still open.

        Only for a call that Ringside invented: the program sends the result of its own.
        """
        call = self._calls.of_child(child)
        if call is None or not self.names.is_invented(call.tool_use_id):
            return []
        self._calls.pop(call.tool_use_id)
        result = ToolResult(
            tool_use_id=call.tool_use_id,
            tool=call.tool,
            output=text,
            is_error=False,
            duration_ms=call.ms(self._clock()),
        )
        return [result]

    def answered(self, request: ApprovalRequest, answers: Json | None) -> Json | None:
        """Make the input that has a person's answers; None if it has no questions."""
        call = self._calls.get(request.tool_use_id)
        given = request.input or (call.input if call else {})
        return with_answers(given, request.questions, answers)

    def _read(self, fields: Json) -> Event:
        fields = {**DEFAULTS.get(fields["type"], {}), **fields}
        match fields:
            case {"type": "tool_use", "input": value} if not isinstance(value, dict):
                fields["input"] = {"input": value}
            case {"type": "tool_update", "input": value} if not isinstance(value, dict):
                fields["input"] = None if value is None else {"input": value}
            case {"type": "tool_result", "output": value} if not isinstance(value, str):
                fields["output"] = encode_json(value).decode()
            case {"type": "turn_start"}:
                fields.setdefault("turn", self._turn + 1)
                fields.setdefault("messageId", self.names.invent("m"))
                fields.setdefault("model", self._model)
            case {"type": "turn_end"}:
                fields.setdefault("turn", self._turn)
                fields.setdefault("messageId", "")
        return self.names.translate(read_event(fields))

    def _delta(self, event: BlockDelta) -> list[Event]:
        ends: list[Event] = []
        kind = KINDS[type(event)]
        name = event.block or self._bare
        if name not in self._streams or self._streams[name].start.kind != kind:
            named = self.names.fresh(event.block) if event.block else ""
            ends = [*self._end_bare(), *self._start(named, kind)]
            name = [*self._streams][-1]
        stream = self._streams[name]
        placed = stream.text.add(event.delta)
        if placed is None:
            return ends
        offset, piece = placed
        stream.chars += len(piece)
        delta = msgspec.structs.replace(event, block=name, offset=offset, delta=piece)
        return [*ends, delta, *self._full(name, stream)]

    def _start(self, name: str, kind: Kind) -> list[Event]:
        block = name or self.names.invent("b")
        call = self.names.invent("call") if kind == "tool_input" else ""
        return self._open(BlockStart(block=block, kind=kind, tool_use_id=call))

    def _open(self, start: BlockStart) -> list[Event]:
        self._streams[start.block] = Stream(start, StreamedText(self._clock))
        if self.names.is_invented(start.block):
            self._bare = start.block
        return [start]

    def _full(self, name: str, stream: Stream) -> list[Event]:
        """End a block before it is too large to be stored."""
        if stream.chars < BLOCK_MAX_CHARS or stream.start.kind == "tool_input":
            return []
        return [self._end(name)]

    def _end_bare(self) -> list[Event]:
        return [self._end(self._bare)] if self._bare else []

    def _end_all(self) -> list[Event]:
        return [self._end(name) for name in [*self._streams]]

    def _end(self, name: str) -> Event:
        if name == self._bare:
            self._bare = ""
        final = self._streams.pop(name).final(partial=False)
        if isinstance(final, Text):
            self.last_text = final.text
        if isinstance(final, ToolUse):
            self._calls.add(final, self._clock(), StreamedText(self._clock))
        return final

    def _final(self, event: Text | Thinking | ToolUse) -> list[Event]:
        stream, ends = self._take_stream(event.block, KINDS[type(event)])
        block = event.block or self.names.invent("b")
        if stream is not None:
            block = stream.start.block
        self.names.used(block)
        match event:
            case Text(text=text) if text:
                self.last_text = text
            case ToolUse():
                begun = stream.start.tool_use_id if stream else ""
                call = event.tool_use_id or begun or self.names.invent("call")
                event = msgspec.structs.replace(event, tool_use_id=call)
                use = msgspec.structs.replace(event, block=block)
                self._calls.add(use, self._clock(), StreamedText(self._clock))
                return [*ends, use]
        if stream is not None and not event.pace:
            event = msgspec.structs.replace(event, pace=stream.text.pace())
        return [*ends, msgspec.structs.replace(event, block=block)]

    def _take_stream(self, block: str, kind: Kind) -> tuple[Stream | None, list[Event]]:
        """Remove and return the stream that a final completes.

        If the final belongs to another block, the unnamed block ends: its final is
        returned.
        """
        name = block or self._bare
        stream = self._streams.get(name)
        if stream is None or stream.start.kind != kind:
            return None, self._end_bare()
        if name == self._bare:
            self._bare = ""
            return self._streams.pop(name), []
        return self._streams.pop(name), self._end_bare()

    def _output(self, event: ToolOutputDelta) -> list[Event]:
        call = self._calls.get(event.tool_use_id)
        if call is None and not event.tool_use_id:
            call = self._calls.guess("")
        if call is None:
            raise ProtocolError("toolUseId", "no such tool call is open")
        placed = call.output.add(event.delta)
        if placed is None:
            return []
        offset, piece = placed
        return [
            ToolOutputDelta(
                ts=event.ts, tool_use_id=call.tool_use_id, offset=offset, delta=piece
            )
        ]

    def _other(self, event: Event) -> list[Event]:
        match event:
            case BlockStart():
                return self._begin(event)
            case ToolResult():
                return [self._result(event)]
            case AgentSpawn():
                return self._spawn(event)
            case ApprovalRequest():
                return [self._request(event)]
            case ToolUpdate():
                return [self._update(event)]
            case OpaqueBlock(block=block):
                self.names.used(block)
            case TurnStart(turn=turn, message_id=message):
                self._turn, self._message = turn, message
            case TurnDiscarded(message_id=message):
                self._discard(f"{message}.")
            case TurnEnd():
                message = event.message_id or self._message
                ended = msgspec.structs.replace(event, message_id=message)
                return [*self._end_all(), ended]
            case UserMessage():
                return [*self._end_all(), event]
        return [event]

    def _begin(self, event: BlockStart) -> list[Event]:
        block = self.names.fresh(event.block) if event.block else self.names.invent("b")
        call = event.tool_use_id
        if event.kind == "tool_input" and not call:
            call = self.names.invent("call")
        return self._open(msgspec.structs.replace(event, block=block, tool_use_id=call))

    def _result(self, event: ToolResult) -> ToolResult:
        call = self._calls.get(event.tool_use_id)
        if call is None and not event.tool_use_id:
            call = self._calls.guess(event.tool)
        if call is not None:
            self._calls.pop(call.tool_use_id)
        name = call.tool_use_id if call else event.tool_use_id
        ms = call.ms(self._clock()) if call else 0
        return msgspec.structs.replace(
            event,
            tool_use_id=name or self.names.invent("call"),
            tool=event.tool or (call.tool if call else "tool"),
            duration_ms=ms if event.duration_ms < 0 else event.duration_ms,
        )

    def _spawn(self, event: AgentSpawn) -> list[Event]:
        call = self._calls.get(event.tool_use_id)
        if call is None and not event.tool_use_id:
            call = self._calls.spawner()
        if call is not None:
            call.child = event.child_id
            return [msgspec.structs.replace(event, tool_use_id=call.tool_use_id)]
        if event.tool_use_id:
            return [event]
        use = ToolUse(
            block=self.names.invent("b"),
            tool_use_id=self.names.invent("call"),
            tool="agent",
            input={"description": event.task},
        )
        self._calls.add(use, self._clock(), StreamedText(self._clock))
        return [use, *self._spawn(msgspec.structs.replace(event, tool_use_id=""))]

    def _request(self, event: ApprovalRequest) -> ApprovalRequest:
        call = self._calls.get(event.tool_use_id)
        if call is None and not event.tool_use_id:
            call = self._calls.guess(event.tool)
        if call is None and not event.tool_use_id:
            raise ProtocolError("toolUseId", "is missing, and no tool call is open")
        return msgspec.structs.replace(
            event,
            tool_use_id=call.tool_use_id if call else event.tool_use_id,
            tool=event.tool or (call.tool if call else "tool"),
            **_form_of(event, call.input if call else {}),
        )

    def _update(self, event: ToolUpdate) -> ToolUpdate:
        call = self._calls.get(event.tool_use_id)
        if call is None and not event.tool_use_id:
            call = self._calls.guess("")
        if call is None:
            raise ProtocolError("toolUseId", "no such tool call is open")
        call.input = call.input if event.input is None else event.input
        return msgspec.structs.replace(event, tool_use_id=call.tool_use_id)

    def _discard(self, prefix: str) -> None:
        for name in [name for name in self._streams if name.startswith(prefix)]:
            del self._streams[name]


def _form_of(request: ApprovalRequest, called: Json) -> Json:
    """Make the fields of a request whose questions stand in its call's input alone.

    `called` is the call's input, which the request need not repeat.
    """
    if request.questions or request.plan:
        return {}
    questions = questions_in(request.input or called, request.options)
    if not questions:
        return {}
    is_known = request.input == called
    return {"questions": questions, "input": {} if is_known else request.input}
