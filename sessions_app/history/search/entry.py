from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """The searchable text of one event."""

    event_id: int
    session_id: str
    text: str
