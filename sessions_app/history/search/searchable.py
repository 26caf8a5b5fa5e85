from collections.abc import Iterator
from typing import Any

from django.conf import settings

from sessions_app.protocol import events
from sessions_app.protocol.numbers import decode_json
from sessions_app.protocol.wire import Json

# What of an event can be searched; deltas are not, for their finals carry the whole.
SEARCHED: dict[type[events.Event], tuple[str, ...]] = {
    events.UserMessage: ("text",),
    events.Text: ("text",),
    events.Thinking: ("text",),
    events.ToolUse: ("tool", "input"),
    events.ToolResult: ("output",),
    events.AgentSpawn: ("task",),
    events.Approval: ("reason",),
    events.Error: ("code", "message"),
}
FIELDS = {cls.wire_type(): fields for cls, fields in SEARCHED.items()}
TYPES = tuple(FIELDS)


def searchable(type_: str, data: str) -> str:
    """Take from an event's JSON what can be searched, SEARCH_TEXT_MAX_CHARS of it."""
    event: Json = decode_json(data)
    words = (word for name in FIELDS[type_] for word in strings(event.get(name)))
    return "\n".join(words)[: settings.SEARCH_TEXT_MAX_CHARS]


def strings(value: Any) -> Iterator[str]:
    """Yield every string and number in a JSON value, in order and as written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        # The bytes of an image say nothing.
        is_bytes = value.get("type") == "base64"
        for name, one in value.items():
            if not (is_bytes and name == "data"):
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
