from collections.abc import Collection
from dataclasses import dataclass, field, replace

from sessions_app.delivery.ag_ui.run_writer import RunWriter
from sessions_app.delivery.connection.start import Start
from sessions_app.delivery.event_stream.event_id import Place
from sessions_app.delivery.event_stream.lines import RAW
from sessions_app.delivery.event_stream.stream import EventStream, Followed, Send
from sessions_app.log.batch import Batch
from sessions_app.log.head import read_heads
from sessions_app.protocol.encoding.codec import decode_event

REPLACED = "The session's log was replaced or redacted: begin a new run to read it."


@dataclass(eq=False)
class RunStream(EventStream):
    """One AG-UI response: a session and its sub-agents, until the run has ended.

    A run ends when the session rests or a person is asked, once all that was logged
    until then has been sent, by sub-agents too.
    """

    writer: RunWriter = field(kw_only=True)
    is_over: bool = field(kw_only=True)  # the client has the run's end already
    _may_go_on: bool = False  # beyond a rest that is not the log's end

    async def run(self, send: Send) -> None:
        if self.is_over:
            return
        if begin := self.writer.begin():
            await send(begin)
        if self.writer.is_ending:
            await send(self.writer.end())
        else:
            await super().run(send)

    def _first(self) -> bytes:
        return b""  # no browser reads this by itself

    def _next(self) -> str | None:
        """Hold the session back while it rests: what its sub-agents did comes first."""
        if self.writer.first in self._ready:
            return self.writer.first
        root = self.root.head.session_id
        holds = self.writer.is_at_rest and not self._may_go_on
        return next((id_ for id_ in self._ready if not (holds and id_ == root)), None)

    async def _wait(self, send: Send) -> None:
        self._news.clear()
        if self.writer.is_due and not self._is_ended:
            root = self.root.head.session_id
            is_held = root in self._ready
            others = [id_ for id_ in self._followed if id_ != root or not is_held]
            settled = await self._is_settled(others)
            if self._news.is_set():
                return
            if settled and is_held:
                self._may_go_on = True
                return
            if settled:
                self._is_ended = True
                await send(self.writer.end())
                return
        await super()._wait(send)

    async def _is_settled(self, session_ids: Collection[str]) -> bool:
        """Return whether all that is in these logs now has been sent."""
        heads = await self.feed.reader.read(read_heads, list(session_ids))
        followed = self._followed
        return all(
            head.session_id not in followed
            or followed[head.session_id].subscription.viewer.cursor >= head.seq
            for head in heads
        )

    def _render(
        self, session_id: str, followed: Followed, batch: Batch
    ) -> tuple[Batch, bytes]:
        """Write a batch, up to an event with which the session comes to rest."""
        lines: list[bytes] = []
        raws = RAW.decode(f"[{batch.body or ''}]".encode())
        for nth, raw in enumerate(raws, 1):
            event = decode_event(bytes(raw))
            lines.append(self.writer.event(event))
            is_own = session_id == self.root.head.session_id
            if is_own and self.writer.is_at_rest and nth < len(raws):
                self._may_go_on = False
                body = ",".join(bytes(one).decode() for one in raws[:nth])
                batch = replace(batch, up_to=event.seq, count=nth, body=body)
                break
        self._may_go_on = self._may_go_on and self.writer.is_at_rest
        return batch, b"".join(lines)

    def _follow(self, start: Start) -> None:
        place = Place(start.head.epoch, start.cursor)
        self.writer.place(start.head.session_id, place)
        super()._follow(start)

    def _tell(self, name: str, **data: str | int) -> None:
        if name == "reset":
            self._fail(REPLACED, "reset")
        elif name == "end":
            self._fail(f"The stream ends: {data['reason']}.", "ended")
        elif name == "left_out":
            self._notices.append(self.writer.left_out(str(data["session"])))
        self._news.set()

    def _fail(self, text: str, code: str) -> None:
        self._is_ended = True
        self._notices.append(self.writer.fail(text, code))
