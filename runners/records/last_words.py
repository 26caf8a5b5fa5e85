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

# Text before one of these events is not the agent's final answer.
BREAKS = (Compacted, ToolResult, TurnDiscarded, TurnStart, UserMessage)


def last_words(log: Iterable[Event]) -> str:
    """The agent's answer at the end of a log; "" if another event came after it."""
    texts: list[str] = []
    for event in log:
        if isinstance(event, BREAKS):
            texts = []
        elif isinstance(event, Text):
            texts.append(event.text)
    return "\n\n".join(texts)
