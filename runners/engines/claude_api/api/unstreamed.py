"""Handles a reply with status 200 that is not an event stream.

Some gateways send a reply whole, as one JSON object. A captive portal, a sign-in page
or a wrong address sends HTML.
"""

import json
import re

from runners.engines.claude_api.api.classify import reported_failure
from runners.engines.claude_api.api.errors import Retryable
from sessions_app.protocol.encoding.depth import deeper_than
from sessions_app.protocol.wire import Json

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100
SHOWN_CHARS = 200
READ_BYTES = 4096  # of a page, to quote its first words
_MARKUP = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_KINDS = ("text/html", "application/xhtml", "application/json", "application/problem")


def is_unstreamed(content_type: str) -> bool:
    """Whether a media type means a whole document; unknown types may be streams."""
    return content_type.strip().lower().startswith(_KINDS)


def whole_reply(content_type: str, body: bytes) -> list[Json]:
    """Convert a reply that was sent whole into stream events. Raises ClaudeFailure."""
    match _parsed(body):
        case {"type": "message", "content": list()} as message:
            return [
                {"type": "message_start", "message": message},
                {"type": "message_stop"},
            ]
        case {"error": error}:
            raise reported_failure({"error": error})
    raise no_stream(content_type, body)


def no_stream(content_type: str, body: bytes) -> Retryable:
    """Make the error that describes what the server sent instead of a stream."""
    text = body[:READ_BYTES].decode(errors="replace")
    shown = " ".join(_MARKUP.sub(" ", text).split())[:SHOWN_CHARS]
    kind = content_type.partition(";")[0].strip() or "no media type"
    came = f"the server answered 200 with {kind} instead of a stream of events"
    return Retryable("not_a_stream", f"{came}: {shown}" if shown else came)


def _parsed(body: bytes) -> object:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return None if deeper_than(value, MAX_DEPTH) else value
