from dataclasses import dataclass, replace

from sessions_app.log.page import Page, read_page
from sessions_app.streams.found_stream import FoundStream
from sessions_app.streams.messages import CLOSED, MESSAGE, content_of, rows_in
from sessions_app.streams.offset import Offset


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a stream holds after one offset, up to another one.

    `is_closed`: the stream's end is reached. It is judged by the log alone, whose last
    event says so: the row might have been closed a moment after the log was read.
    """

    content: bytes
    count: int  # of messages
    after: Offset
    next: Offset
    at_tail: bool
    is_closed: bool

    @property
    def etag(self) -> str:
        """Changes with the content, and with the stream's end."""
        end = ":c" if self.is_closed else ""
        return f'"{self.after}:{self.next.seq}:{self.count}{end}"'

    def without_messages(self, found: FoundStream) -> "Chunk":
        """Return the chunk at its beginning, as one who reads from now on needs it."""
        is_there = self.count == 0
        return replace(
            self,
            content=content_of([], found.content_type),
            count=0,
            next=self.after,
            at_tail=True,
            is_closed=self.is_closed and is_there,
        )


def read_chunk(found: FoundStream, after: int) -> Chunk:
    return chunk_of(found, read_page(found.session.pk, after))


def chunk_of(found: FoundStream, page: Page) -> Chunk:
    """Make a page of a session's log a part of its stream."""
    batch, epoch = page.batch, found.session.epoch
    content, count = f"[{batch.body or ''}]".encode(), batch.count
    up_to, is_closed = batch.up_to, False
    if found.row is not None:
        rows = rows_in(batch)
        is_closed = bool(rows) and rows[-1].type == CLOSED
        messages = [row for row in rows if row.type == MESSAGE]
        up_to = messages[-1].seq if messages else batch.after
        content, count = content_of(messages, found.content_type), len(messages)
    return Chunk(
        content,
        count,
        Offset(epoch, batch.after),
        Offset(epoch, up_to),
        page.at_end,
        is_closed,
    )
