import time
from collections.abc import Iterable
from typing import Any

Fields = dict[str, Any]  # of one event


class View:
    """The events of one session that a viewer received, and delivery errors."""

    def __init__(self) -> None:
        self.cursor = 0
        self.epoch = ""
        self.lost = 0
        self.repeated = 0
        self.reordered = 0
        self.latencies_ms: list[int] = []  # from ts to arrival, for live events
        self.is_live = False
        self._seen: dict[int, Fields] = {}

    @property
    def events(self) -> int:
        return len(self._seen)

    def handle(self, frame: Fields) -> None:
        """Apply a frame, which must begin at or before the last one's end."""
        now_ms = time.time_ns() // 1_000_000
        events = frame["events"]
        seqs = [event["seq"] for event in events]
        self.lost += frame["after"] > self.cursor
        self.lost += frame["upTo"] < max(seqs, default=frame["after"])
        self.repeated += sum(seq in self._seen for seq in seqs)
        self.repeated += len(seqs) - len(set(seqs))
        self.reordered += seqs != sorted(seqs)
        self._seen |= {event["seq"]: event for event in events}
        self.cursor = max(self.cursor, frame["upTo"])
        if self.is_live:
            self.latencies_ms += [now_ms - event["ts"] for event in events]

    def compare(self, log: Iterable[Fields]) -> None:
        """Count as lost each event of the log that is missing or different here."""
        self.lost += sum(self._seen.get(event["seq"]) != event for event in log)
