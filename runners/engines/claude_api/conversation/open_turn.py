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


@dataclass(slots=True)
class OpenBlock:
    """A block whose final is not in the log yet: what its deltas have said."""

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
        """What goes back to the API; the `first` so many blocks, or all."""
        # An opaque block has no start in the log: its place is in its name.
        names = sorted(self.blocks, key=_place)
        kept = [name for name in names if first is None or _place(name) < first]
        ordered = [self.blocks[name] for name in kept]
        blocks = [api_block(b) for b in ordered if not isinstance(b, OpenBlock)]
        return [block for block in blocks if block]

    def is_cut(self, tool_use_id: str) -> bool:
        """Whether a call's input may lack its end."""
        blocks = self.blocks.values()
        cut = [b.tool_use_id for b in blocks if isinstance(b, ToolUse) and b.partial]
        return tool_use_id in cut

    def partials(self) -> list[Event]:
        blocks = self.blocks.values()
        return [b.partial() for b in blocks if isinstance(b, OpenBlock)]


def _place(name: str) -> int:
    return int(name.rpartition(".")[2])


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
