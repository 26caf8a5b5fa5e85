from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a selftest."""

    sessions: int
    viewers: int
    seconds: float
    events: int  # received, by all viewers
    lost: int
    repeated: int
    reordered: int
    unfinished: int  # sessions that were not completed
    died: str  # how one of the selftest's own runners ended unasked; "": none did
    cuts: int  # sockets cut
    stalls: int
    kills: int  # of the selftest's own runners
    reconnects: int
    # from an event's ts to arrival at a steady viewer; None: no data
    p50_ms: int | None
    p99_ms: int | None

    @property
    def is_good(self) -> bool:
        wrong = self.lost or self.repeated or self.reordered or self.unfinished
        return not (wrong or self.died)

    def fields(self) -> dict[str, object]:
        return {"ok": self.is_good, **asdict(self)}

    def text(self) -> str:
        fields = self.fields()
        died = fields.pop("died")
        lines = [f"{name:12} {value}" for name, value in fields.items()]
        return "\n".join([*lines, *([str(died)] if died else [])])


def quantile(values: Sequence[int], part: float) -> int | None:
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))] if ordered else None
