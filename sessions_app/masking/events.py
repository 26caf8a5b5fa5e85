from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from sessions_app.masking.formats import FORMATS, JSON_FORMATS
from sessions_app.masking.mask import masked
from sessions_app.masking.secret_spans import has_secret, without_secrets
from sessions_app.masking.stream import StreamMask
from sessions_app.protocol.events import (
    Delta,
    Event,
    ToolInputDelta,
    TurnDiscarded,
)

# Fields that are never masked: other events refer to them, or the API verifies them.
UNMASKED = frozenset(
    {
        "session_id", "seq", "ts", "whole_id", "unmasked_id", "masked", "block", "kind",
        "tool_use_id", "message_id", "child_id", "output_id", "command_id", "signature",
        "pace", "usage", "status", "decision", "scope",
    }
)  # fmt: skip

# Fields by which an agent names blocks, calls and messages.
NAMES = ("block", "tool_use_id", "message_id")


def not_masked(event: Event) -> Event:
    """Return the event unchanged; stands in for an EventMask without MASK_SECRETS."""
    return event


class EventMask:
    """Masks the secrets in the events of one session, in the order of its log.

    A delta's text is released up to the last word that may still become a secret. The
    rest follows with the next delta of the same stream, or is covered by the final.
    """

    def __init__(self) -> None:
        self._streams: dict[str, StreamMask] = {}

    def __call__(self, event: Event) -> Event | None:
        """Return the event with its secrets masked, or the same object if it has none.

        None: the whole text of a delta is held back.
        """
        if isinstance(event, Delta):
            return self._delta(_with_masked_rest(event))
        if event.stream is not None:
            self._close(event)
        return masked_event(event)

    def _close(self, event: Event) -> None:
        if isinstance(event, TurnDiscarded):
            prefix = f"{event.message_id}."
            for name in [name for name in self._streams if name.startswith(prefix)]:
                del self._streams[name]
        elif event.stream is not None:
            self._streams.pop(event.stream, None)

    def _delta(self, event: Delta) -> Event | None:
        name = event.stream or ""
        stream = self._streams.get(name)
        if stream is None:
            is_json = isinstance(event, ToolInputDelta)
            stream = StreamMask(JSON_FORMATS if is_json else FORMATS)
            self._streams[name] = stream
        before = stream.held  # held text is ASCII, so its length is the same in UTF-16
        shown = stream.feed(event.delta)
        if shown == event.delta and not before:
            return event
        if not shown:
            return None
        original = (before + event.delta)[: len(shown)]
        return msgspec.structs.replace(
            event,
            offset=event.offset - len(before),
            delta=shown,
            masked=event.masked or shown != original,
        )


def _with_masked_rest(event: Delta) -> Delta:
    """Mask a delta's names, and the fields that this version does not know."""
    changes = _renamed(event)
    if event.more and (more := masked(event.more, without_secrets)) != event.more:
        changes["more"] = more
    return msgspec.structs.replace(event, **changes, masked=True) if changes else event


def _renamed(event: Event) -> dict[str, Any]:
    """Other names for the parts whose names hold a secret, the same in every event.

    Stars would give two parts one name.
    """
    changes = {}
    for name in NAMES:
        value = getattr(event, name, "")
        if value and (shown := _public_name(value)) != value:
            changes[name] = shown
    return changes


@lru_cache(maxsize=1024)  # each delta of a block says the same names again
def _public_name(name: str) -> str:
    """Return a name, or what stands for it if it holds a secret."""
    if not has_secret(name):
        return name
    return f"hidden.{blake2b(name.encode(), digest_size=8).hexdigest()}"


def masked_event(event: Event) -> Event:
    """Mask the secrets in every free-text field of an event that is not a delta."""
    changes = _renamed(event)
    for name in event.__struct_fields__:
        if name in UNMASKED:
            continue
        value = getattr(event, name)
        if not isinstance(value, str | dict | list) or not value:
            continue
        cover = masked(value, without_secrets)
        if cover != value:
            changes[name] = cover
    if not changes:
        return event
    return msgspec.structs.replace(event, **changes, masked=True)
