from typing import Any, Protocol

from runners.transcripts.entry import BadEntry
from runners.transcripts.state import TranscriptState
from sessions_app.protocol.events import Event, UnknownEvent
from sessions_app.protocol.wire import Json

TYPE_MAX_CHARS = 40


class Translator(Protocol):
    """Turns the entries of one transcript into events, in their order.

    A translator is a pure fold: its events depend on `state` and the entry alone.
    """

    state: TranscriptState

    def take(self, data: Json) -> list[Event]:
        """Translate one entry. Raises BadEntry; then the state is as it was."""
        ...

    def rest(self) -> list[Event]:
        """Make the events that are due once the transcript has come to rest."""
        ...


def raw(agent: str, data: Json, ts: int, kind: object = None) -> Event:
    """Keep an entry without an equivalent in the protocol as a raw event."""
    kind = kind or data.get("type")
    word = kind if isinstance(kind, str) and kind.isidentifier() else ""
    word = word or (kind.replace("-", "_") if isinstance(kind, str) else "")
    if not word.isidentifier() or not word.isascii() or len(word) > TYPE_MAX_CHARS:
        word = "entry"
    return UnknownEvent(ts=ts, more={"type": f"{agent}.{word}", "line": data})


def text_at(data: Json, name: str) -> str:
    """Read a field that holds a text or nothing. Raises BadEntry."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadEntry(f"{name}: expected a text")
    return value


def object_at(data: Json, name: str) -> Json:
    """Read a field that holds an object or nothing. Raises BadEntry."""
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadEntry(f"{name}: expected an object")
    return value


def objects_at(data: Json, name: str) -> list[Json]:
    """Read a field that holds a list of objects or nothing. Raises BadEntry."""
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadEntry(f"{name}: expected a list of objects")
    return value


def count_at(data: Json, name: str) -> int:
    """Read a number of tokens; 0 for anything else."""
    value: Any = data.get(name)
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), 2**40) if is_count else 0
