"""Places the cache breakpoints (`cache_control`) of a request.

The API writes a cache entry at each breakpoint. On reading, it looks back at most 20
blocks from a breakpoint, and one turn may add more. So a request has a breakpoint at
its own end, for the next request to read, and one where the previous request ended,
whose entry exists already. Breakpoints are not part of the compared prefix.
"""

from collections.abc import Sequence

from sessions_app.protocol.wire import Json

MARK = {"cache_control": {"type": "ephemeral"}}
# The API refuses `cache_control` on these block types.
UNMARKABLE = frozenset({"thinking", "redacted_thinking"})


def marked_system(text: str) -> list[Json]:
    """The system prompt with a cache breakpoint.

    Tools and prompt are the same in all sessions of a working directory.
    """
    return [{"type": "text", "text": text} | MARK]


def marked_messages(messages: Sequence[Json]) -> list[Json]:
    """Return the messages with breakpoints; only messages that get one are copied."""
    marked = [*messages]
    for place in {len(messages) - 1, _end_of_last_request(messages)}:
        if place >= 0:
            marked[place] = _marked(messages[place])
    return marked


def _end_of_last_request(messages: Sequence[Json]) -> int:
    """Index of the last message of the previous request; -1 if there was none."""
    places = range(len(messages))
    replies = [at for at in places if messages[at]["role"] == "assistant"]
    return replies[-1] - 1 if replies else -1


def _marked(message: Json) -> Json:
    content: list[Json] = [*message["content"]]
    for at in range(len(content) - 1, -1, -1):
        if content[at]["type"] not in UNMARKABLE:
            content[at] = content[at] | MARK
            break
    return message | {"content": content}
