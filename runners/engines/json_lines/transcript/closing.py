import time
from collections.abc import Iterable

from runners.engines.json_lines.transcript.open_calls import OpenCalls
from runners.engines.json_lines.transcript.stream import Stream
from runners.port.streamed_text import StreamedText
from sessions_app.protocol.events import (
    BlockStart,
    Event,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolOutputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
)


def closing(log: Iterable[Event]) -> list[Event]:
    """Make the finals of the blocks and calls that a dead runner left open."""
    streams: dict[str, Stream] = {}
    calls = OpenCalls()
    now = time.monotonic()
    for event in log:
        match event:
            case BlockStart(block=block):
                streams[block] = Stream(event, StreamedText(time.monotonic))
            case TextDelta() | ThinkingDelta() | ToolInputDelta():
                if event.block in streams:
                    streams[event.block].text.add(event.delta)
            case Text(block=block) | Thinking(block=block):
                streams.pop(block, None)
            case ToolUse(block=block):
                streams.pop(block, None)
                calls.add(event, now, StreamedText(time.monotonic))
            case ToolOutputDelta(tool_use_id=name, delta=delta):
                if call := calls.get(name):
                    call.output.add(delta)
            case ToolResult(tool_use_id=name):
                calls.pop(name)
            case TurnDiscarded(message_id=message):
                for block in [b for b in streams if b.startswith(f"{message}.")]:
                    del streams[block]
    finals = [stream.final(partial=True) for stream in streams.values()]
    return [*finals, *(call.lost(now) for call in calls.clear())]
