from typing import Any

from sessions_app.masking.mask import Mask, masked, stars
from sessions_app.protocol.wire import Json

# What an event needs to keep its place: numbers, names and kinds, no words.
KEPT = frozenset(
    {
        "type", "sessionId", "seq", "ts", "block", "kind", "tool", "toolUseId",
        "messageId", "model", "childId", "outputId", "wholeId", "commandId", "status",
        "decision", "scope", "stopReason", "engine", "permissionMode", "code",
    }
)  # fmt: skip


def redacted(event: Json, mask: Mask) -> Json | None:
    """Make the tombstone of an event: itself, covered where the mask covers it.

    It keeps its seq, its type and its lengths, so every cursor, offset and resume
    stays true. None where there was nothing to cover.
    """
    covered: Json = masked(event, mask)
    return None if covered == event else _tombstone(covered)


def erased(event: Json) -> Json:
    """Make the tombstone of an event of which no word is to stay."""
    return _tombstone({k: v if k in KEPT else _erased(v) for k, v in event.items()})


def _erased(value: Any) -> Any:
    return masked(value, stars)


def _tombstone(event: Json) -> Json:
    # The API would refuse words that it has not signed; resume leaves them out.
    if "signature" in event:
        event = {**event, "signature": ""}
    return {**event, "redacted": True}
