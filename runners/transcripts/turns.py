from runners.port.model_table import cost_usd
from runners.transcripts.state import (
    CALLS_MAX,
    MESSAGES_MAX,
    TranscriptCall,
    TranscriptMessage,
    TranscriptState,
    clean_name,
)
from sessions_app.protocol.events import Event, ToolResult, ToolUse, TurnEnd, TurnStart
from sessions_app.protocol.wire import Usage

NOTHING = Usage()


class Turns:
    """Derives turns from the blocks and usage of a transcript.

    A message's usage counts once, however often the transcript repeats it: each
    `turn_end` has the usage since the previous one.
    """

    def __init__(self, state: TranscriptState) -> None:
        self._state = state

    def begin(self, message_id: object, model: str) -> list[Event]:
        """Open a message and end the one before; an open message continues."""
        state, name = self._state, clean_name(message_id)
        if name == state.current:
            return []
        ended = self.end()
        state.current = name
        if name in state.messages:
            return ended
        state.turn += 1
        state.messages[name] = TranscriptMessage(state.turn)
        while len(state.messages) > MESSAGES_MAX:
            del state.messages[next(iter(state.messages))]
        start = TurnStart(ts=state.ts, turn=state.turn, message_id=name, model=model)
        return [*ended, start]

    def block(self) -> str:
        """Name the next block of the open message."""
        message = self._state.messages[self._state.current]
        message.blocks += 1
        return f"{self._state.current}.{message.blocks - 1}"

    def spend(self, usage: Usage, stop_reason: str, *, is_more: bool = False) -> None:
        """Store the open message's total usage and its stop reason.

        `is_more`: the usage is added to the message's earlier usage.
        """
        message = self._state.messages[self._state.current]
        message.usage = message.usage + usage if is_more else usage
        message.stop_reason = stop_reason or message.stop_reason

    def end(self, cost: float | None = None) -> list[Event]:
        """End the open message, if any; `cost` in USD, if the agent reports it."""
        state = self._state
        name, state.current = state.current, ""
        message = state.messages.get(name)
        if message is None:
            return []
        rest = _less(message.usage, message.counted)
        if message.is_ended and not rest.total:
            return []
        message.is_ended, message.counted = True, message.usage
        if cost is None:
            cost = cost_usd(rest, state.model, state.model)
        return [
            TurnEnd(
                ts=state.ts,
                turn=message.turn,
                message_id=name,
                stop_reason=message.stop_reason or "end_turn",
                usage=rest,
                cost_usd=cost,
            )
        ]

    @property
    def may_end(self) -> bool:
        """True if the open message has a stop reason, so that no block follows."""
        message = self._state.messages.get(self._state.current)
        return message is not None and bool(message.stop_reason)

    def call(self, use: ToolUse) -> ToolUse:
        calls = self._state.calls
        calls[use.tool_use_id] = TranscriptCall(use.tool, use.ts)
        while len(calls) > CALLS_MAX:
            del calls[next(iter(calls))]
        return use

    def result(
        self, call_id: object, output: str, *, is_error: bool, duration_ms: int = -1
    ) -> ToolResult:
        """Make a call's result; without a duration, the time since the call."""
        ts, name = self._state.ts, clean_name(call_id)
        call = self._state.calls.pop(name, None)
        if duration_ms < 0:
            duration_ms = max(ts - call.ts, 0) if call else 0
        return ToolResult(
            ts=ts,
            tool_use_id=name,
            tool=call.tool if call else "tool",
            output=output,
            is_error=is_error,
            duration_ms=duration_ms,
        )


def _less(all_: Usage, part: Usage) -> Usage:
    def rest(name: str) -> int:
        return max(int(getattr(all_, name)) - int(getattr(part, name)), 0)

    return Usage(**{name: rest(name) for name in Usage.__struct_fields__})
