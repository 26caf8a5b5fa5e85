from collections.abc import Iterable

from sessions_app.protocol.events import (
    Compacted,
    Event,
    Text,
    ToolResult,
    TurnDiscarded,
    TurnStart,
    UserMessage,
)

# Whatever the agent said before one of these was not its last word.
BREAKS = (Compacted, ToolResult, TurnDiscarded, TurnStart, UserMessage)


def last_words(log: Iterable[Event]) -> str:
    """The agent's answer at the end of a log; "" where something else came after it."""
    texts: list[str] = []
    for event in log:
        if isinstance(event, BREAKS):
            texts = []
        elif isinstance(event, Text):
            texts.append(event.text)
    return "\n\n".join(texts)
