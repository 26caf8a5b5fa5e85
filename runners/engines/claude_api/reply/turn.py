"""Converts one reply of Claude's into events of the log.

A `Turn` has no I/O and no clock of its own: raw events of the Messages API go in one by
one, and the events for the log come out. Three rules:
1. No input makes a turn raise. Unknown blocks and deltas are kept, unknown events are
   skipped, and a delta that belongs to no block is dropped.
2. A block is open from its start to its final. `close` writes the finals of the blocks
   that are still open, for a turn that broke or was interrupted.
3. A turn counts only once it is `complete`, after `message_stop`. The caller decides
   what to do with a turn that stays incomplete.
A gateway that restarts a reply sends a second `message_start` and the same block
indexes again. The first `message_start` stands, and a block whose index is taken gets
the next free number, so every block name is unique. A repeated call is dropped, because
it would run twice. Some servers restart the numbering of calls in each reply: `taken`
holds the ids of earlier replies, and a call with such an id gets a new one.
"""

from collections.abc import Collection
from dataclasses import replace

from runners.engines.claude_api.reply.block import ReplyBlock, ToolBlock, new_block
from runners.engines.claude_api.reply.stop_reason import (
    BROKEN_OFF,
    CUT_SHORT,
    api_reason,
    whole_reason,
)
from runners.port.model_table import cost_usd
from runners.port.streamed_text import Clock
from runners.tools.call import ToolCall
from sessions_app.protocol.events import Event, Text, TurnDiscarded, TurnEnd, TurnStart
from sessions_app.protocol.wire import Json, Usage

TOKENS_MAX = 10**9  # limit for one count of one reply
INPUT_COUNTS = (
    "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
)  # fmt: skip
CUT_CALL = (
    "the reply reached its limit of tokens inside this call, so the input lacks its"
    " end. Make the input shorter: write a long file in several parts, for example"
)


class Turn:
    """Folds the raw events of one reply into the session's events."""

    def __init__(
        self,
        number: int,
        message_id: str,
        model: str,
        clock: Clock,
        taken: Collection[str] = frozenset(),
    ) -> None:
        self.number = number
        self.message_id = message_id
        self.model = model  # replaced by the model that the reply names
        self._asked_model = model
        self.started = False
        self.complete = False
        self.stop_reason: str | None = None
        self._refusal: Json = {}  # the API's stop_details
        self._usage: Json = {}
        self._taken = frozenset(taken)
        self._called: set[str] = set()
        self._clock = clock
        self._asked_at = clock()
        self._ttft_ms: int | None = None
        self._blocks: list[ReplyBlock] = []
        self._open: dict[int, ReplyBlock] = {}  # by the API's index
        self._texts: list[str] = []
        self._kept: int | None = None  # number of blocks kept; None: all

    @property
    def usage(self) -> Usage:
        return Usage(
            input_tokens=_tokens(self._usage.get("input_tokens")),
            output_tokens=_tokens(self._usage.get("output_tokens")),
            cache_creation_tokens=_tokens(
                self._usage.get("cache_creation_input_tokens")
            ),
            cache_read_tokens=_tokens(self._usage.get("cache_read_input_tokens")),
        )

    @property
    def cost_usd(self) -> float | None:
        return cost_usd(self.usage, self.model, self._asked_model)

    @property
    def text(self) -> str:
        """The text of the reply, without thinking."""
        return "".join(self._texts).strip()

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls in order; a call that may be cut has its `problem` set."""
        kept = self._blocks[: self._kept]
        calls = [block.call for block in kept if isinstance(block, ToolBlock)]
        ends_in_call = isinstance(next(iter(self._blocks[-1:]), None), ToolBlock)
        if self.stop_reason in CUT_SHORT and ends_in_call:
            calls[-1] = replace(calls[-1], problem=CUT_CALL)
        return calls

    @property
    def refusal(self) -> str:
        """Why Claude refused: the category and explanation, if the API sends them."""
        category = str(self._refusal.get("category") or "").replace("_", " ")
        about = f" (it is about: {category})" if category else ""
        explanation = str(self._refusal.get("explanation") or "").strip()
        return f"Claude refused to answer{about}" + (
            f": {explanation}" if explanation else ""
        )

    def feed(self, raw: Json) -> list[Event]:
        """Fold one raw event in and return the resulting log events."""
        if self.complete:
            return []
        match raw:
            # The most frequent event first: one per token.
            case {"type": "content_block_delta", "delta": dict(delta)}:
                return self._add(self._index(raw), delta)
            case {"type": "message_start", "message": dict(message)}:
                return self._begin(message)
            case {
                "type": "content_block_start",
                "content_block": {"type": str()} as block,
            }:
                return [*self._begin({}), *self._start(self._index(raw), block)]
            case {"type": "content_block_stop"}:
                return self._stop(self._index(raw))
            case {"type": "message_delta"}:
                return self._conclude(raw)
            case {"type": "message_stop"} if self.started:
                return self._complete()
        return []

    def _complete(self) -> list[Event]:
        events = self.close()
        self.complete = True
        has_calls = any(isinstance(block, ToolBlock) for block in self._blocks)
        self.stop_reason = whole_reason(self.stop_reason, has_calls=has_calls)
        return events

    @property
    def has_finished_calls(self) -> bool:
        """Whether a broken turn holds calls that are certainly complete.

        A connection that breaks may look as if it closed the last block, so only a
        block that another block follows counts as finished.
        """
        return any(isinstance(block, ToolBlock) for block in self._finished())

    def break_off(self) -> list[Event]:
        """End a turn whose stream broke, and keep its finished blocks."""
        self._kept = len(self._finished())
        events = self.close()
        self.stop_reason = BROKEN_OFF
        return [*events, self.end()]

    @property
    def dropped_calls(self) -> list[ToolCall]:
        """The calls that a broken turn discards."""
        dropped = self._blocks[self._kept :] if self._kept is not None else []
        return [block.call for block in dropped if isinstance(block, ToolBlock)]

    def _finished(self) -> list[ReplyBlock]:
        opened = [n for n, b in enumerate(self._blocks) if b in self._open.values()]
        return self._blocks[: min([*opened, len(self._blocks) - 1])]

    def close(self) -> list[Event]:
        """Return the finals of the blocks that are still open."""
        events: list[Event] = []
        for block in self._open.values():
            events += self._final(block, cut=True)
        self._open.clear()
        return events

    def end(self, stop_reason: str | None = None) -> TurnEnd:
        """Make the turn_end event; `stop_reason` takes precedence over the API's."""
        return TurnEnd(
            turn=self.number,
            message_id=self.message_id,
            stop_reason=stop_reason or self.stop_reason or "none",
            usage=self.usage,
            cost_usd=self.cost_usd,
            ttft_ms=self._ttft_ms,
            kept_blocks=self._kept,
        )

    def discarded(self, reason: str) -> TurnDiscarded:
        return TurnDiscarded(
            message_id=self.message_id,
            reason=reason,
            usage=self.usage,
            cost_usd=self.cost_usd,
        )

    def _begin(self, message: Json) -> list[Event]:
        if self.started:
            return []
        self.started = True
        self.model = str(message.get("model") or self.model)
        self._note(message)
        start = TurnStart(
            turn=self.number, message_id=self.message_id, model=self.model
        )
        events: list[Event] = [start]
        # A reply to results of programmatic tool calls has its content in
        # message_start.
        content = message.get("content")
        for index, block in enumerate(content if isinstance(content, list) else []):
            match block:
                case {"type": str()}:
                    events += self._start(index, block)
                    events += self._stop(index)
        return events

    def _start(self, index: int, raw: Json) -> list[Event]:
        left = self._open.pop(index, None)
        events = self._final(left, cut=True) if left else []
        match raw:
            case {"type": "tool_use", "id": str(call)}:
                if call in self._called:
                    return events
                self._called.add(call)
                if call in self._taken:
                    raw = raw | {"id": f"{call}-{self.message_id}"}
        if self._ttft_ms is None:
            self._ttft_ms = round((self._clock() - self._asked_at) * 1000)
        name = f"{self.message_id}.{len(self._blocks)}"
        block = new_block(name, raw, self._clock)
        self._blocks.append(block)
        self._open[index] = block
        return events + block.open()

    def _add(self, index: int, delta: Json) -> list[Event]:
        block = self._open.get(index)
        return block.add(delta) if block else []

    def _stop(self, index: int) -> list[Event]:
        block = self._open.pop(index, None)
        return self._final(block, cut=False) if block else []

    def _final(self, block: ReplyBlock, *, cut: bool) -> list[Event]:
        events = block.close(cut=cut)
        for event in events:
            # Citations split one sentence into several text blocks, so texts are joined
            # directly; any other block separates paragraphs.
            self._texts.append(event.text if isinstance(event, Text) else "\n\n")
        return events

    def _conclude(self, raw: Json) -> list[Event]:
        self._note(raw)
        delta = raw.get("delta")
        if isinstance(delta, dict):
            self._note(delta)
        return []

    def _note(self, raw: Json) -> None:
        usage = raw.get("usage")
        if isinstance(usage, dict):
            self._count(usage)
        if isinstance(reason := raw.get("stop_reason"), str):
            self.stop_reason = api_reason(reason)
        match raw.get("stop_details"):
            case dict(details):
                self._refusal |= details

    def _count(self, usage: Json) -> None:
        """Merge usage counts; each is a running total, so a later one replaces it.

        The last report of some gateways has 0 for the input that the first one counted.
        Three counts share the input between them (tokens read from the cache are not
        counted as plain input), so a 0 is trusted only if another of the three is above
        0.
        """
        counts = {name: count for name, count in usage.items() if count is not None}
        if not any(_tokens(counts.get(name)) for name in INPUT_COUNTS):
            counts = {n: c for n, c in counts.items() if n not in INPUT_COUNTS}
        self._usage |= counts

    def _index(self, raw: Json) -> int:
        index = raw.get("index")
        return index if type(index) is int else len(self._blocks)


def _tokens(count: object) -> int:
    """Read a token count; 0 for a bool and for an impossible number."""
    return count if type(count) is int and 0 < count <= TOKENS_MAX else 0
