from collections.abc import Callable

from sessions_app.masking.covering import Covering, covered_numbers
from sessions_app.masking.mask import masked, stars
from sessions_app.protocol.wire import Json

# Fields that a tombstone keeps: ids, names and kinds, but no free text.
KEPT = frozenset(
    {
        "type", "sessionId", "seq", "ts", "block", "kind", "tool", "toolUseId",
        "messageId", "model", "childId", "outputId", "wholeId", "commandId", "status",
        "decision", "scope", "stopReason", "engine", "permissionMode", "code",
        "unmaskedId",
    }
)  # fmt: skip
# Numeric fields that are never covered, whatever their digits.
FIGURES = frozenset(
    {
        "seq", "ts", "offset", "turn", "usage", "costUsd", "ttftMs", "keptBlocks",
        "pace", "durationMs",
        "attempt", "delayMs", "seqs",
    }
)  # fmt: skip


def redacted(event: Json, cover: Covering) -> Json | None:
    """Return an event's tombstone: the event with the text covered by stars.

    The tombstone keeps the event's seq, type and text lengths, so cursors, offsets and
    resume stay valid. None if the event does not contain the text.
    """
    covered: Json = masked(event, cover)
    covered = _with_figures(covered, cover)
    return None if covered == event else _tombstone(covered)


def erased(event: Json) -> Json:
    """Return an event's tombstone with all free text covered."""
    words = {k: v if k in KEPT else masked(v, stars) for k, v in event.items()}
    return _tombstone(_with_figures(words, stars))


def _with_figures(event: Json, cover: Callable[[str], str]) -> Json:
    """Cover numbers too, except in the fields of FIGURES."""
    return {
        name: value if name in FIGURES else covered_numbers(value, cover)
        for name, value in event.items()
    }


def _tombstone(event: Json) -> Json:
    # The API refuses changed text under a signature; resume leaves unsigned text out.
    if "signature" in event:
        event = {**event, "signature": ""}
    return {**event, "redacted": True}
