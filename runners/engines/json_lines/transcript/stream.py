from dataclasses import dataclass

from runners.port.streamed_text import StreamedText
from runners.port.tool_input import MalformedInput, parse_input, unparsed
from sessions_app.protocol.events import BlockStart, Text, Thinking, ToolUse

Final = Text | Thinking | ToolUse


@dataclass(slots=True)
class Stream:
    """A block whose final has not come yet."""

    start: BlockStart
    text: StreamedText
    chars: int = 0

    def final(self, *, partial: bool) -> Final:
        """Make the block's final from the text streamed so far."""
        block, pace = self.start.block, self.text.pace()
        match self.start.kind:
            case "text":
                return Text(
                    block=block, text=self.text.text, partial=partial, pace=pace
                )
            case "thinking":
                return Thinking(
                    block=block, text=self.text.text, partial=partial, pace=pace
                )
        return ToolUse(
            block=block,
            tool_use_id=self.start.tool_use_id,
            tool=self.start.tool,
            input=_input(self.text.text),
            partial=partial,
        )


def _input(text: str) -> dict[str, object]:
    try:
        return parse_input(text)
    except MalformedInput:
        return unparsed(text)
