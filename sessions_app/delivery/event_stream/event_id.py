import re
from collections.abc import Mapping
from dataclasses import dataclass

ONE = re.compile(r"([0-9a-f]{1,16})\.([0-9]{1,16})", re.ASCII)
CHILD = re.compile(r"([A-Za-z0-9_-]{1,20})\.([0-9a-f]{1,16})\.([0-9]{1,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one session's log: the log's epoch, and the seq of the last event."""

    epoch: str
    seq: int


def read_event_id(text: str) -> tuple[Place, Mapping[str, Place]] | None:
    """Parse a Last-Event-ID: the session's place, and its sub-agents' by session id.

    An id is `epoch.seq`; in a stream of a whole tree each sub-agent that has begun
    follows as `,session.epoch.seq`. None: the id is not one of ours.
    """
    first, *rest = text.strip().split(",")
    own = ONE.fullmatch(first)
    children = [CHILD.fullmatch(each) for each in rest]
    if own is None or None in children:
        return None
    places = {each[1]: Place(each[2], int(each[3])) for each in children if each}
    return Place(own[1], int(own[2])), places


def child_suffix(places: Mapping[str, Place]) -> str:
    """Write the sub-agents' part of an event id."""
    return "".join(f",{id_}.{at.epoch}.{at.seq}" for id_, at in places.items())
