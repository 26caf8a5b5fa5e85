from dataclasses import dataclass

from sessions_app.log.head import Head, read_heads
from sessions_app.log.page import tail_cursor
from sessions_app.protocol.frames import Subscribe


@dataclass(frozen=True, slots=True)
class Start:
    """Where a subscription begins.

    `is_void`: the client's cursor belongs to another log (its epoch has changed, or
    the cursor is beyond the head), so the client must start again from 0.
    """

    head: Head
    cursor: int
    is_void: bool = False


def find_start(frame: Subscribe) -> Start | None:
    """Return a subscription's head and cursor; None if the session does not exist."""
    # PostgreSQL rejects NUL characters, even in a query's parameters.
    heads = [] if "\0" in frame.session else read_heads([frame.session])
    if not heads:
        return None
    head = heads[0]
    if frame.after is None and frame.tail is not None:
        tail = min(max(0, frame.tail), head.seq)
        return Start(head, tail_cursor(head.session_id, tail))
    after = max(0, frame.after or 0)
    if after > head.seq or frame.epoch not in {None, head.epoch}:
        return Start(head, 0, is_void=True)
    return Start(head, after)
