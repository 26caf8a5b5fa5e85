from typing import Any

from sessions_app.masking.covering import Covering, covered_numbers
from sessions_app.masking.mask import Mask, masked, stars
from sessions_app.protocol.encoding.codec import EVENT_TYPES, FIELD_NAMES, VALUE_LISTS
from sessions_app.protocol.wire import Json

# Fields that a tombstone keeps: ids, names and kinds, but no free text.
KEPT = frozenset(
    {
        "type", "sessionId", "seq", "ts", "block", "kind", "tool", "toolUseId",
        "messageId", "model", "childId", "outputId", "wholeId", "commandId", "status",
        "decision", "scope", "stopReason", "engine", "permissionMode", "code",
        "unmaskedId", "optionId", "agentSessionId",
    }
)  # fmt: skip
# Fields that hold one of a few words: another word could not be read any more.
WORDS = frozenset({"type", "kind", "status", "decision", "scope"})
# Numeric fields that are never covered, whatever their digits.
FIGURES = frozenset(
    {
        "seq", "ts", "offset", "turn", "usage", "costUsd", "ttftMs", "keptBlocks",
        "pace", "durationMs", "restUsage", "restCostUsd", "pricedTokens", "used",
        "size", "attempt", "delayMs", "seqs",
    }
)  # fmt: skip


def redacted(event: Json, cover: Covering) -> Json | None:
    """Return an event's tombstone: the event with the text covered by stars.

    The tombstone keeps the event's seq, type and text lengths, so cursors, offsets and
    resume stay valid. None if the event does not contain the text.
    """
    is_known = event.get("type") in EVENT_TYPES
    names = FIELD_NAMES if is_known else frozenset({"type"})
    covered = {
        name if name in names else cover(name): _covered(name, value, cover, is_known)
        for name, value in event.items()
    }
    return None if covered == event else _tombstone(covered)


def erased(event: Json) -> Json:
    """Return an event's tombstone with all free text covered."""
    is_known = event.get("type") in EVENT_TYPES
    return _tombstone(
        {
            name: value if name in KEPT else _covered(name, value, stars, is_known)
            for name, value in event.items()
        }
    )


def _covered(name: str, value: Any, cover: Mask, is_known: bool) -> Any:
    if is_known and name in VALUE_LISTS:
        return _covered_values(value, cover)
    if name in FIGURES or (is_known and name in WORDS):
        return value
    return covered_numbers(masked(value, cover), cover)


def _covered_values(value: Any, cover: Mask) -> Any:
    """Cover the texts of typed values; they keep their fields, figures and kinds."""
    if isinstance(value, dict):
        return {
            name: one if name in WORDS else _covered_values(one, cover)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_covered_values(one, cover) for one in value]
    return cover(value) if isinstance(value, str) else value


def _tombstone(event: Json) -> Json:
    # The API refuses changed text under a signature; resume leaves unsigned text out.
    if "signature" in event:
        event = {**event, "signature": ""}
    return {**event, "redacted": True}
