import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import msgspec
from django.conf import settings

from sessions_app.delivery.event_stream.event_id import Place
from sessions_app.delivery.event_stream.lines import retry_line
from sessions_app.delivery.event_stream.stream import Send
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.delivery.whole_log.whole_page import (
    WholeEntry,
    WholePage,
    read_replacements,
    read_whole_page,
    seen_of,
)
from sessions_app.people.rights import Principal
from sessions_app.people.roles import Role


@dataclass(eq=False)
class WholeStream:
    """One response of Server-Sent Events: what one may see of the whole log.

    A cursor and no queue, like a stream of one session: who reads slowly is sent pages
    of the log. An id is the version of all logs and the event's place.
    """

    log: WholeLog
    who: Principal
    start: Place | None  # from the Last-Event-ID; None: what comes from now on
    after: int | None = None  # a place to begin after, without a Last-Event-ID
    _version: str = ""
    _heard: str = ""  # the whole log's version that was last looked into
    _place: int = 0
    _is_live: bool = False
    _is_ended: bool = False
    _verdicts: dict[str, bool] = field(default_factory=dict)  # who may see what
    _judged_at: float = 0.0  # since when the verdicts are kept
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _end: bytes = b""

    async def run(self, send: Send) -> None:
        """Send the log and later events until the stream is ended."""
        try:
            await self.log.join(self)
            self._begin()
            await send(retry_line())
            while not self._is_ended:
                self._news.clear()
                if self._heard != self.log.version:
                    await self._tell_replaced(send)
                elif self._place < self.log.head:
                    await self._serve(send)
                elif not self._is_live:
                    self._is_live = True
                    await send(self._named("live"))
                else:
                    await self._wait(send)
            await send(self._end)
        finally:
            self.log.leave(self)

    def _begin(self) -> None:
        if self.start is not None:
            self._version, self._place = self.start.epoch, self.start.seq
            return
        self._version, self._place = self.log.version, self.log.head
        self._heard = self._version
        if self.after is not None:
            self._place = min(self.after, self._place)

    async def _serve(self, send: Send) -> None:
        page = self.log.after(self._place)
        if page is None:
            page = await self.log.reader.read(
                read_whole_page, self._place, self.log.head, self.who
            )
        entries = await self._seen(page)
        self._place = page.up_to
        if entries and not self._is_ended:
            await send(b"".join(self._lines(entries)))

    def _lines(self, entries: Iterable[WholeEntry]) -> Iterable[bytes]:
        version = self._version.encode()
        return (
            b"id: %s.%d\ndata: %s\n\n" % (version, entry.place, entry.data)
            for entry in entries
        )

    async def _seen(self, page: WholePage) -> list[WholeEntry]:
        """Return the entries of a page that the person may see now.

        A verdict holds for GUARD_INTERVAL_S, as for every other viewer.
        """
        if self.who.role is Role.ADMIN:
            return list(page.entries)
        now = asyncio.get_running_loop().time()
        if now > self._judged_at + settings.GUARD_INTERVAL_S:
            self._verdicts, self._judged_at = {}, now
        ids = {entry.session_id for entry in page.entries} - self._verdicts.keys()
        if ids:
            seen = await self.log.reader.read(seen_of, self.who, ids)
            self._verdicts |= {id_: id_ in seen for id_ in ids}
        return [one for one in page.entries if self._verdicts[one.session_id]]

    async def _tell_replaced(self, send: Send) -> None:
        """Tell which logs were replaced since the reader's version.

        Whoever is told reads these logs again, up to the seq that the stream has
        passed. If it is all of them, or unknown, the stream goes on from now. Another
        server may have told the reader of changes that this one has not seen yet.
        """
        self._heard = self.log.version
        found = await self.log.reader.read(
            read_replacements, self.who, self._version, self._place
        )
        if found.version == self._version and found.logs == ():
            return
        told = b""
        if found.logs is None:
            self._place = self.log.head
            told = b"event: reset\ndata: {}\n\n"
        for log in found.logs or ():
            data = {"session": log.session_id, "epoch": log.epoch, "upTo": log.seq}
            told += b"event: reset\ndata: %s\n\n" % msgspec.json.encode(data)
        self._version = found.version
        # The id comes last: who was cut before it is told again.
        await send(told + self._id() + b"\n")

    async def _wait(self, send: Send) -> None:
        """Wait for news; in silence send heartbeats, which tell the place, too.

        Others' events move it: who comes back need not have them looked through again.
        """
        if self._news.is_set() or self._is_ended:
            return
        try:
            async with asyncio.timeout(settings.EVENT_STREAM_HEARTBEAT_S):
                await self._news.wait()
        except TimeoutError:
            await send(b": heartbeat\n" + self._id() + b"\n")

    def _named(self, name: str) -> bytes:
        return self._id() + b"event: %s\ndata: {}\n\n" % name.encode()

    def _id(self) -> bytes:
        return b"id: %s.%d\n" % (self._version.encode(), self._place)

    # --- called by the whole log and by the guard ----------------------------------

    def advance(self) -> None:
        self._news.set()

    @property
    def watched(self) -> Collection[str]:
        return ()  # `_seen` asks for the rights itself

    def forbid(self, session_id: str) -> None:
        pass

    def sign_out(self) -> None:
        if not self._is_ended:
            self._is_ended = True
            reason = {"reason": "the sign-in or the token is not valid any more"}
            self._end = b"event: end\ndata: %s\n\n" % msgspec.json.encode(reason)
            self._news.set()
