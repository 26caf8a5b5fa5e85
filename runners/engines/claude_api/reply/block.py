from typing import Protocol

from runners.port.streamed_text import Clock, StreamedText
from runners.port.tool_input import MalformedInput, parse_input, unparsed
from runners.tools.call import ToolCall
from sessions_app.protocol.encoding.surrogates import mend_all
from sessions_app.protocol.events import (
    BlockStart,
    Event,
    OpaqueBlock,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolUse,
)
from sessions_app.protocol.wire import Json


class ReplyBlock(Protocol):
    """One content block while it streams."""

    def open(self) -> list[Event]: ...

    def add(self, delta: Json) -> list[Event]: ...

    def close(self, *, cut: bool) -> list[Event]:
        """Return the block's final; `cut` if the API did not close the block."""
        ...


def new_block(name: str, raw: Json, clock: Clock) -> ReplyBlock:
    """Choose the class that handles a block, by its start."""
    match raw:
        case {"type": "text"}:
            return TextBlock(name, raw, clock)
        case {"type": "thinking"}:
            return ThinkingBlock(name, raw, clock)
        case {"type": "tool_use", "id": str(), "name": str()}:
            return ToolBlock(name, raw, clock)
    return RawBlock(name, raw)


class Leftovers:
    """The fields and deltas of a block that this version does not know, for `more`."""

    def __init__(self, raw: Json, known: set[str]) -> None:
        self._fields = {k: v for k, v in raw.items() if k not in known}
        self._deltas: list[Json] = []

    def keep(self, delta: Json) -> list[Event]:
        self._deltas.append(delta)
        return []

    def more(self) -> Json:
        kept = {"api": self._fields, "deltas": self._deltas}
        return {key: mend_all(value) for key, value in kept.items() if value}


class TextBlock:
    def __init__(self, name: str, raw: Json, clock: Clock) -> None:
        self._name = name
        self._start = str(raw.get("text") or "")
        self._text = StreamedText(clock)
        citations = raw.get("citations")
        self._citations: list[Json] = [
            citation
            for citation in (citations if isinstance(citations, list) else [])
            if isinstance(citation, dict)
        ]
        self._rest = Leftovers(raw, {"type", "text", "citations"})

    def open(self) -> list[Event]:
        start = BlockStart(block=self._name, kind="text")
        return [start, *self._grow(self._start)]

    def add(self, delta: Json) -> list[Event]:
        match delta:
            case {"type": "text_delta", "text": str(piece)}:
                return self._grow(piece)
            case {"type": "citations_delta", "citation": dict(citation)}:
                self._citations.append(citation)
                return []
        return self._rest.keep(delta)

    def close(self, *, cut: bool) -> list[Event]:
        pace = self._text.pace()
        text = Text(
            block=self._name,
            text=self._text.text,
            citations=mend_all(self._citations),
            partial=cut,
            pace=pace,
            more=self._rest.more(),
        )
        return [text]

    def _grow(self, piece: str) -> list[Event]:
        shown = self._text.add(piece)
        if shown is None:
            return []
        return [TextDelta(block=self._name, offset=shown[0], delta=shown[1])]


class ThinkingBlock:
    def __init__(self, name: str, raw: Json, clock: Clock) -> None:
        self._name = name
        self._start = str(raw.get("thinking") or "")
        self._text = StreamedText(clock)
        self._signature = str(raw.get("signature") or "")
        self._rest = Leftovers(raw, {"type", "thinking", "signature"})

    def open(self) -> list[Event]:
        start = BlockStart(block=self._name, kind="thinking")
        return [start, *self._grow(self._start)]

    def add(self, delta: Json) -> list[Event]:
        match delta:
            case {"type": "thinking_delta", "thinking": str(piece)}:
                return self._grow(piece)
            case {"type": "signature_delta", "signature": str(signature)}:
                self._signature = signature
                return []
        return self._rest.keep(delta)

    def close(self, *, cut: bool) -> list[Event]:
        pace = self._text.pace()
        thinking = Thinking(
            block=self._name,
            text=self._text.text,
            signature=self._signature,
            partial=cut,
            pace=pace,
            more=self._rest.more(),
        )
        return [thinking]

    def _grow(self, piece: str) -> list[Event]:
        shown = self._text.add(piece)
        if shown is None:
            return []
        return [ThinkingDelta(block=self._name, offset=shown[0], delta=shown[1])]


class ToolBlock:
    def __init__(self, name: str, raw: Json, clock: Clock) -> None:
        self._name = name
        self._id: str = raw["id"]
        self._tool: str = raw["name"]
        self._whole = raw.get("input")
        self._text = StreamedText(clock)
        self._rest = Leftovers(raw, {"type", "id", "name", "input"})
        self.call = ToolCall(self._id, self._tool, {}, "it was cut")

    def open(self) -> list[Event]:
        start = BlockStart(
            block=self._name,
            kind="tool_input",
            tool=self._tool,
            tool_use_id=self._id,
        )
        return [start]

    def add(self, delta: Json) -> list[Event]:
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                shown = self._text.add(piece)
                if shown is None:
                    return []
                offset, piece = shown
                return [ToolInputDelta(block=self._name, offset=offset, delta=piece)]
        return self._rest.keep(delta)

    def close(self, *, cut: bool) -> list[Event]:
        arguments, problem = self._arguments()
        problem = "it was cut before its end" if cut else problem
        self.call = ToolCall(self._id, self._tool, arguments, problem)
        tool_use = ToolUse(
            block=self._name,
            tool_use_id=self._id,
            tool=self._tool,
            input=arguments,
            partial=cut,
            more=self._rest.more(),
        )
        return [tool_use]

    def _arguments(self) -> tuple[Json, str]:
        text = self._text.text
        if not text and isinstance(self._whole, dict):
            return mend_all(self._whole), ""
        try:
            return parse_input(text), ""
        except MalformedInput as error:
            return unparsed(text), str(error)


class RawBlock:
    """A server tool's block, redacted thinking or a newer kind, kept as it arrives."""

    def __init__(self, name: str, raw: Json) -> None:
        self._name = name
        self._raw = dict(raw)
        self._input = ""
        self._deltas: list[Json] = []

    def open(self) -> list[Event]:
        return []

    def add(self, delta: Json) -> list[Event]:
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._input += piece
            case {"type": "compaction_delta"}:
                self._raw |= {k: v for k, v in delta.items() if k != "type"}
            case _:
                self._deltas.append(delta)
        return []

    def close(self, *, cut: bool) -> list[Event]:
        if cut:  # the API cannot use it, and viewers have seen none of it
            return []
        raw = self._raw
        if self._input:
            raw |= self._arguments()
        if self._deltas:
            raw["_deltas"] = self._deltas
        return [OpaqueBlock(block=self._name, raw=mend_all(raw))]

    def _arguments(self) -> Json:
        try:
            return {"input": parse_input(self._input)}
        except MalformedInput:
            return {"_input": self._input}
