import asyncio
import base64
import re
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from django.conf import settings

from sessions_app.delivery.durable_stream.live_reader import LiveReader, ReadingEnded
from sessions_app.delivery.event_stream.lines import HEARTBEAT
from sessions_app.delivery.event_stream.stream import Send
from sessions_app.delivery.event_stream.stream_pace import StreamPace
from sessions_app.streams import media_type
from sessions_app.streams.chunk import Chunk
from sessions_app.streams.cursor import next_cursor

LINE_END = re.compile(rb"\r\n|\r|\n")  # as readers of Server-Sent Events split


@dataclass(frozen=True, eq=False)
class DurableEvents:
    """A live read of a durable stream as Server-Sent Events: data, then control.

    It ends when the stream does, or after STREAM_SSE_MAX_S: its reader comes back with
    the last offset, so what stands between may share answers.
    """

    reader: LiveReader
    cursor: str  # as the reader sent it

    async def run(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + settings.STREAM_SSE_MAX_S
        pace = StreamPace()
        try:
            await self._begin(send)
            while (left := ends_at - loop.time()) > 0:
                wait_s = min(left, settings.EVENT_STREAM_HEARTBEAT_S)
                chunk = await self.reader.next(wait_s)
                await send(self._written(chunk) if chunk else HEARTBEAT)
                if chunk is not None and chunk.is_closed:
                    return
                pace.sent()
                if chunk is not None and chunk.at_tail:
                    await pace.turn()
        except ReadingEnded:
            return
        finally:
            self.reader.close()

    async def _begin(self, send: Send) -> None:
        """Tell a reader that is at the tail where that is."""
        if self.reader.is_at_tail:
            await send(self._control(self.reader.here()))

    def _written(self, chunk: Chunk) -> bytes:
        data = self._data(chunk.content) if chunk.count else b""
        return data + self._control(chunk)

    def _data(self, content: bytes) -> bytes:
        if not media_type.is_text(self.reader.found.content_type):
            content = base64.b64encode(content)
        lines = (_line(line) for line in LINE_END.split(content))
        return b"event: data\n%s\n" % b"".join(lines)

    def _control(self, chunk: Chunk) -> bytes:
        told: dict[str, str | bool] = {"streamNextOffset": str(chunk.next)}
        if chunk.is_closed:
            told |= {"streamClosed": True, "upToDate": True}
        else:
            told["streamCursor"] = next_cursor(self.cursor)
            if chunk.at_tail:
                told["upToDate"] = True
        return b"event: control\ndata:%s\n\n" % msgspec.json.encode(told)

    # --- called by the guard ------------------------------------------------------

    @property
    def watched(self) -> Collection[str]:
        return self.reader.watched

    def forbid(self, session_id: str) -> None:
        self.reader.forbid(session_id)

    def sign_out(self) -> None:
        self.reader.sign_out()


def _line(text: bytes) -> bytes:
    """Write a line of data; a reader takes one space off, so a first one is doubled."""
    return b"data:%s%s\n" % (b" " if text.startswith(b" ") else b"", text)
