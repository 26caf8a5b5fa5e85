from dataclasses import dataclass
from typing import Literal

from sessions_app.delivery.ag_ui import wire
from sessions_app.delivery.ag_ui.calls import Calls
from sessions_app.delivery.ag_ui.run_state import RunState, SentBlock
from sessions_app.delivery.ag_ui.sub_agents import SubAgents
from sessions_app.delivery.ag_ui.text_blocks import close_block, open_block, send_text
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import (
    BlockStart,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    TurnDiscarded,
)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Turns blocks as they stream, and their finals, into AG-UI's messages."""

    state: RunState
    agents: SubAgents
    calls: Calls

    def start(self, event: BlockStart) -> wire.Out:
        block = SentBlock(event)
        self.state.blocks[event.session_id, event.block] = block
        yield from self._open(block)

    def delta(self, event: TextDelta | ThinkingDelta) -> wire.Out:
        key = event.session_id, event.block
        block = self.state.blocks.get(key)
        if block is None:
            return  # the stream began within this block: its final has it all
        new = block.sent - event.offset
        if new < 0:
            return  # what is between was swept from the log: the final has it all
        delta = event.delta if new == 0 else after(event.delta, new)
        if delta:
            yield from self._reopen(key)
            yield from send_text(block, delta, self.agents.owner(event.session_id))
            sent = block.sent + utf16_len(delta)
            self.state.blocks[key] = SentBlock(block.start, sent)

    def final(self, event: Text | Thinking) -> wire.Out:
        key = event.session_id, event.block
        kind: Literal["text", "thinking"] = (
            "text" if isinstance(event, Text) else "thinking"
        )
        if key not in self.state.blocks:
            start = BlockStart(
                block=event.block, kind=kind, session_id=event.session_id
            )
            yield from self.start(start)
        yield from self._reopen(key)
        block = self.state.blocks.pop(key)
        owner = self.agents.owner(event.session_id)
        if rest := after(event.text, block.sent):
            yield from send_text(block, rest, owner)
        yield from close_block(block, owner)

    def discard(self, event: TurnDiscarded) -> wire.Out:
        owner = self.agents.owner(event.session_id)
        for key, block in list(self.state.blocks.items()):
            if key[0] == event.session_id and key[1].startswith(f"{event.message_id}."):
                del self.state.blocks[key]
                if not block.is_held:
                    yield from close_block(block, owner)
        yield wire.custom(event, owner)

    def end(self) -> wire.Out:
        """Close what is open; the next run of the thread goes on with it."""
        for block in self.state.blocks.values():
            if not block.is_held:
                owner = self.agents.owner(block.start.session_id)
                yield from close_block(block, owner)

    def _open(self, block: SentBlock) -> wire.Out:
        start = block.start
        if start.kind != "tool_input":
            yield from open_block(block, self.agents.owner(start.session_id))
        elif start.tool_use_id:
            yield from self.calls.begin(start, start.tool_use_id, start.tool)

    def _reopen(self, key: tuple[str, str]) -> wire.Out:
        """Begin a block again that an earlier run of the thread has sent a part of."""
        block = self.state.blocks[key]
        if block.is_held:
            self.state.blocks[key] = SentBlock(block.start, block.sent)
            yield from self._open(block)


def after(text: str, units: int) -> str:
    """Return a text without its first UTF-16 code units."""
    if text.isascii():
        return text[units:]
    return text.encode("utf-16-le")[2 * units :].decode("utf-16-le")
