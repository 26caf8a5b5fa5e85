from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from runners.simulator.api.signature import sign
from runners.simulator.script.call_id import new_call_id
from runners.simulator.script.pieces import pieces
from runners.simulator.script.place import ScriptPosition
from runners.simulator.script.scenario import ScriptedBlock

_PING = {"type": "ping"}


class StreamEvent(NamedTuple):
    """An event of the stream and the number of output tokens it counts for."""

    body: dict[str, Any]
    tokens: int = 0

    def frame(self) -> bytes:
        """Encode the event as an SSE frame."""
        kind = str(self.body["type"]).encode()
        return b"event: %b\ndata: %b\n\n" % (kind, msgspec.json.encode(self.body))


class Reply(Struct, frozen=True, kw_only=True):
    """One answer as a sequence of stream events."""

    message_id: str
    model: str
    place: ScriptPosition
    input_tokens: int
    # The answer is cut at this length, with stop reason max_tokens.
    max_tokens: int
    thinking: bool = True
    # Send thinking blocks as empty, signed text.
    thoughts_omitted: bool = False
    garbled: bool = False

    def events(self) -> Iterator[StreamEvent]:
        """Yield the answer's events; its tool calls get new ids each time."""
        yield self._start()
        index = spent = thought = 0
        whole = True
        for number, block in self._blocks():
            if block.event is not None:
                yield StreamEvent(block.event)
                continue
            parts = self._parts(block)
            sent = parts[: self.max_tokens - spent]
            whole = sent == parts
            if whole or sent:
                yield from self._block(index, block, self._opening(number, block), sent)
                index += 1
                spent += len(sent)
                thought += len(sent) if block.kind == "thinking" else 0
            if not whole:
                break
        yield self._end(spent, thought, whole)
        yield StreamEvent({"type": "message_stop"})

    def _blocks(self) -> list[tuple[int, ScriptedBlock]]:
        return [
            (number, block)
            for number, block in self.place.blocks()
            if self.thinking or block.kind != "thinking"
        ]

    def _parts(self, block: ScriptedBlock) -> list[str]:
        match block.kind:
            case "text":
                return pieces(block.text or "")
            case "thinking":
                return [] if self.thoughts_omitted else pieces(block.thinking or "")
            case "tool":
                text = msgspec.json.encode(block.input).decode()
                return pieces(text[:-1] + " oops}" if self.garbled else text)
            case _:
                return []

    def _opening(self, number: int, block: ScriptedBlock) -> dict[str, Any]:
        match block.kind:
            case "tool":
                call = new_call_id(self.place.number, number)
                return {"type": "tool_use", "id": call, "name": block.tool, "input": {}}
            case "thinking":
                return {"type": "thinking", "thinking": "", "signature": ""}
            case "text":
                return {"type": "text", "text": ""}
            case _:
                return block.raw or {}

    def _block(
        self, index: int, block: ScriptedBlock, opening: dict[str, Any], sent: list[str]
    ) -> Iterator[StreamEvent]:
        yield _event("content_block_start", index, content_block=opening)
        if index == 0:
            yield StreamEvent(_PING)
        if block.kind == "tool":
            yield _delta(index, 0, type="input_json_delta", partial_json="")
        for delta in block.deltas:
            yield _delta(index, 0, **delta)
        for part in sent:
            yield _delta(index, 1, **_part_delta(block, part))
        if block.kind == "thinking":
            signature = sign("".join(sent))
            yield _delta(index, 0, type="signature_delta", signature=signature)
        yield _event("content_block_stop", index)

    def _start(self) -> StreamEvent:
        message: dict[str, Any] = {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": self._usage() | {"output_tokens": 1},
        }
        return StreamEvent({"type": "message_start", "message": message})

    def _end(self, spent: int, thought: int, whole: bool) -> StreamEvent:
        turn = self.place.turn
        delta = {
            "stop_reason": turn.stop_reason if whole else "max_tokens",
            "stop_sequence": None,
            "stop_details": turn.stop_details if whole else None,
        }
        output_usage = {
            "output_tokens": turn.usage.get("output_tokens", spent),
            "output_tokens_details": {"thinking_tokens": thought},
        }
        usage = self._usage() | output_usage
        return StreamEvent({"type": "message_delta", "delta": delta, "usage": usage})

    def _usage(self) -> dict[str, Any]:
        usage = {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "service_tier": "standard",
        }
        return usage | self.place.turn.usage


def _event(kind: str, index: int, **fields: object) -> StreamEvent:
    return StreamEvent({"type": kind, "index": index, **fields})


def _delta(index: int, tokens: int, **delta: object) -> StreamEvent:
    kind = "content_block_delta"
    return StreamEvent({"type": kind, "index": index, "delta": delta}, tokens)


def _part_delta(block: ScriptedBlock, part: str) -> dict[str, str]:
    match block.kind:
        case "tool":
            return {"type": "input_json_delta", "partial_json": part}
        case "thinking":
            return {"type": "thinking_delta", "thinking": part}
        case _:
            return {"type": "text_delta", "text": part}
