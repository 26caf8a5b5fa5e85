"""Marks how far a request can be read from the API's prompt cache.

The API writes an entry at each marked block. When it reads, it looks back from a mark
over no more than 20 blocks, and one turn may add more. So a request is marked where it
ends, for the next one to read, and where the one before it ended, whose entry is there.
Marks themselves are no part of what is compared.
"""

from collections.abc import Sequence

from sessions_app.protocol.wire import Json

MARK = {"cache_control": {"type": "ephemeral"}}
# The API refuses a mark on these.
UNMARKABLE = frozenset({"thinking", "redacted_thinking"})


def marked_system(text: str) -> list[Json]:
    """The system prompt; tools and prompt are the same in each session of a place."""
    return [{"type": "text", "text": text} | MARK]


def marked_messages(messages: Sequence[Json]) -> list[Json]:
    """Copy messages with their marks; those without a mark are not copied."""
    marked = [*messages]
    for place in {len(messages) - 1, _end_of_last_request(messages)}:
        if place >= 0:
            marked[place] = _marked(messages[place])
    return marked


def _end_of_last_request(messages: Sequence[Json]) -> int:
    """Where the request ended that the last reply answers; -1 if there was none."""
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
