from collections.abc import Callable

from sessions_app.masking.covering import Covering, covered_numbers
from sessions_app.masking.mask import masked, stars
from sessions_app.protocol.wire import Json

# What an event needs to keep its place: numbers, names and kinds, no words.
KEPT = frozenset(
    {
        "type", "sessionId", "seq", "ts", "block", "kind", "tool", "toolUseId",
        "messageId", "model", "childId", "outputId", "wholeId", "commandId", "status",
        "decision", "scope", "stopReason", "engine", "permissionMode", "code",
        "unmaskedId",
    }
)  # fmt: skip
# Figures that are no words, whatever their digits.
FIGURES = frozenset(
    {
        "seq", "ts", "offset", "turn", "usage", "costUsd", "ttftMs", "keptBlocks",
        "pace", "durationMs",
        "attempt", "delayMs", "seqs",
    }
)  # fmt: skip


def redacted(event: Json, cover: Covering) -> Json | None:
    """Make the tombstone of an event: itself, covered where the mask covers it.

    It keeps its seq, its type and its lengths, so every cursor, offset and resume
    stays true. None where there was nothing to cover.
    """
    covered: Json = masked(event, cover)
    covered = _with_figures(covered, cover)
    return None if covered == event else _tombstone(covered)


def erased(event: Json) -> Json:
    """Make the tombstone of an event of which no word is to stay."""
    words = {k: v if k in KEPT else masked(v, stars) for k, v in event.items()}
    return _tombstone(_with_figures(words, stars))


def _with_figures(event: Json, cover: Callable[[str], str]) -> Json:
    """Cover numbers in what is free to say anything, as the words are."""
    return {
        name: value if name in FIGURES else covered_numbers(value, cover)
        for name, value in event.items()
    }


def _tombstone(event: Json) -> Json:
    # The API would refuse words that it has not signed; resume leaves them out.
    if "signature" in event:
        event = {**event, "signature": ""}
    return {**event, "redacted": True}
