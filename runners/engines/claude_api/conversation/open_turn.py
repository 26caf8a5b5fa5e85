from dataclasses import dataclass, field

from runners.engines.claude_api.conversation.content import Whole, api_block
from runners.port.tool_input import MalformedInput, parse_input, unparsed
from sessions_app.protocol.events import (
    BlockStart,
    Event,
    Text,
    Thinking,
    ToolUse,
)
from sessions_app.protocol.wire import Json

NUMBER_MAX_DIGITS = 9  # of a block number; an external program may write longer ones


@dataclass(slots=True)
class OpenBlock:
    """A block whose final is not in the log yet: the text of its deltas."""

    start: BlockStart
    parts: list[str] = field(default_factory=list)

    def partial(self) -> Whole:
        text = "".join(self.parts)
        return _PARTIALS[self.start.kind](self.start, text)


@dataclass(slots=True)
class OpenTurn:
    """A turn whose end is not in the log yet."""

    number: int
    message_id: str
    blocks: dict[str, OpenBlock | Whole] = field(default_factory=dict)

    def open(self, event: BlockStart) -> None:
        self.blocks.setdefault(event.block, OpenBlock(event))

    def grow(self, block: str, delta: str) -> None:
        current = self.blocks.get(block)
        if isinstance(current, OpenBlock):
            current.parts.append(delta)

    def close(self, event: Whole) -> None:
        self.blocks[event.block] = event

    def content(self, first: int | None = None) -> list[Json]:
        """The blocks to send back to the API: the first `first` blocks, or all."""
        places = self._places()
        kept = [n for n in self.blocks if first is None or places[n] < first]
        ordered = [self.blocks[name] for name in sorted(kept, key=places.__getitem__)]
        blocks = [api_block(b) for b in ordered if not isinstance(b, OpenBlock)]
        return [block for block in blocks if block]

    def _places(self) -> dict[str, int]:
        """The position of each block in the reply, by block name.

        An opaque block has no start in the log: its position is the number in its name.
        External programs choose their own block names; there the log's order holds.
        """
        numbers = [name.rpartition(".")[2] for name in self.blocks]
        if all(map(_is_number, numbers)):
            return dict(zip(self.blocks, map(int, numbers), strict=True))
        return {name: place for place, name in enumerate(self.blocks)}

    def is_cut(self, tool_use_id: str) -> bool:
        """Whether a call's input may be incomplete."""
        blocks = self.blocks.values()
        cut = [b.tool_use_id for b in blocks if isinstance(b, ToolUse) and b.partial]
        return tool_use_id in cut

    def partials(self) -> list[Event]:
        blocks = self.blocks.values()
        return [b.partial() for b in blocks if isinstance(b, OpenBlock)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= NUMBER_MAX_DIGITS


def _partial_text(start: BlockStart, text: str) -> Whole:
    return Text(block=start.block, text=text, partial=True)


def _partial_thinking(start: BlockStart, text: str) -> Whole:
    return Thinking(block=start.block, text=text, partial=True)


def _partial_tool_use(start: BlockStart, text: str) -> Whole:
    try:
        arguments = parse_input(text)
    except MalformedInput:
        arguments = unparsed(text)
    return ToolUse(
        block=start.block,
        tool_use_id=start.tool_use_id,
        tool=start.tool,
        input=arguments,
        partial=True,
    )


_PARTIALS = {
    "text": _partial_text,
    "thinking": _partial_thinking,
    "tool_input": _partial_tool_use,
}
