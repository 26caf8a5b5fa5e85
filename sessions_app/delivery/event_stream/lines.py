from collections.abc import Mapping

import msgspec
from django.conf import settings

from sessions_app.log.batch import Batch
from sessions_app.protocol.events import AgentSpawn
from sessions_app.protocol.prepared import prepared

HEARTBEAT = b": heartbeat\n\n"


@prepared
class EventHead(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of an event that an event stream needs; the others are not decoded."""

    seq: int
    type: str
    child_id: str = ""


RAW = msgspec.json.Decoder(list[msgspec.Raw])
HEAD = msgspec.json.Decoder(EventHead)


def log_lines(batch: Batch, epoch: str, prefix: str = "", suffix: str = "") -> bytes:
    """Write a batch as messages of an event stream, one for each event.

    Each has an `id` (see `event_id.py`) and the event's JSON as `data`. In a stream of
    a whole tree the id is `prefix`, the batch's own place, then `suffix`.
    """
    body = f"[{batch.body or ''}]".encode()
    lines = []
    for raw in RAW.decode(body):
        place = f"{prefix}{epoch}.{HEAD.decode(raw).seq}{suffix}"
        lines.append(b"id: %s\ndata: %s\n\n" % (place.encode(), bytes(raw)))
    return b"".join(lines)


def retry_line() -> bytes:
    """Say how soon a browser is to come back after a cut; its own idea is 3 s."""
    return b"retry: %d\n\n" % (1000 * settings.EVENT_STREAM_RETRY_S)


def children_in(batch: Batch) -> list[str]:
    """Return the ids of the sub-agents that a batch spawns."""
    if f'"{AgentSpawn.wire_type()}"' not in (batch.body or ""):
        return []
    heads = msgspec.json.decode(f"[{batch.body}]".encode(), type=list[EventHead])
    return [head.child_id for head in heads if head.type == AgentSpawn.wire_type()]


def named_line(name: str, data: Mapping[str, str | int]) -> bytes:
    """Write a message that is no event of the log: `live`, `reset` or `end`."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
