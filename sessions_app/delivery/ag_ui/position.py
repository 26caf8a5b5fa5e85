import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sessions_app.delivery.event_stream.event_id import (
    Place,
    child_suffix,
    read_event_id,
)

MARK = re.compile(r"([a-z])\.([A-Za-z0-9_-]{1,20})\.([0-9]{1,16})\.([0-9]{1,16})")
BEGAN = re.compile(r"[0-9]{0,16}", re.ASCII)
SKIP = re.compile(r"([0-9]{1,4})\.([A-Za-z0-9_-]{0,20})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is open at a place of a stream: a kind, and the event that opened it."""

    kind: str
    session_id: str
    seq: int
    sent: int = 0  # of a block: how much of its text, in UTF-16 code units

    def text(self) -> str:
        return f"{self.kind}.{self.session_id}.{self.seq}.{self.sent}"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a session's AG-UI stream: all that is needed to go on from there.

    Deltas that were sent may have been swept from the log since, so a place in the log
    does not say how much of an unfinished text a client has; the marks do.
    """

    own: Place
    children: Mapping[str, Place] = field(default_factory=dict)
    began: int | None = None  # the seq at which the run began; None: no run is open
    marks: tuple[Mark, ...] = ()
    skip: int = 0  # how many AG-UI events were sent of what comes next:
    skip_of: str = ""  # of this session's next event or, if "", of the run's end

    def text(self) -> str:
        """Write the position as an SSE `id`."""
        began = "" if self.began is None else str(self.began)
        marks = ",".join(mark.text() for mark in self.marks)
        skip = f";{self.skip}.{self.skip_of}" if self.skip else ""
        places = f"{self.own.epoch}.{self.own.seq}{child_suffix(self.children)}"
        return f"{places};{began};{marks}{skip}"


def read_position(text: str) -> Position | None:
    """Parse what `Position.text` wrote; None: it is not one of ours."""
    places, *rest = text.strip().split(";")
    found = read_event_id(places)
    if found is None or len(rest) not in {2, 3} or not BEGAN.fullmatch(rest[0]):
        return None
    marks = [MARK.fullmatch(one) for one in rest[1].split(",") if one]
    skip = SKIP.fullmatch(rest[2]) if len(rest) == 3 else None
    if None in marks or (len(rest) == 3 and skip is None):
        return None
    return Position(
        own=found[0],
        children=found[1],
        began=int(rest[0]) if rest[0] else None,
        marks=tuple(Mark(m[1], m[2], int(m[3]), int(m[4])) for m in marks if m),
        skip=int(skip[1]) if skip else 0,
        skip_of=skip[2] if skip else "",
    )
