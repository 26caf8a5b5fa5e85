from collections.abc import Iterator
from typing import Any

from django.conf import settings

from sessions_app.protocol import events
from sessions_app.protocol.encoding.numbers import decode_json
from sessions_app.protocol.wire import Json

# The searchable fields of events. Deltas are left out: finals hold the whole text.
SEARCHED: dict[type[events.Event], tuple[str, ...]] = {
    events.UserMessage: ("text",),
    events.Text: ("text", "content"),
    events.Thinking: ("text",),
    events.ToolUse: ("tool", "title", "input", "locations", "diffs"),
    events.ToolUpdate: ("title", "input", "locations", "diffs"),
    events.ToolResult: ("output", "locations", "diffs", "content"),
    events.ApprovalRequest: ("title", "plan", "questions"),
    events.AgentSpawn: ("task",),
    events.Approval: ("reason", "answers"),
    events.MemoryGap: ("reason", "text"),
    events.Error: ("code", "message"),
}
FIELDS = {cls.wire_type(): fields for cls, fields in SEARCHED.items()}
TYPES = tuple(FIELDS)


def searchable(type_: str, data: str) -> str:
    """Return an event's searchable text, at most SEARCH_TEXT_MAX_CHARS of it."""
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
        # An image's base64 data is not searchable text.
        is_bytes = value.get("type") == "base64"
        for name, one in value.items():
            if not (is_bytes and name == "data"):
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
