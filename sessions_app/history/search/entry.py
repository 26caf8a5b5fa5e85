from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What of one event can be searched."""

    event_id: int
    session_id: str
    text: str
