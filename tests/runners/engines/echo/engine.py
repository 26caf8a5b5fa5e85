import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

from runners.port.engine import SessionBrief
from runners.port.host import AgentHost
from runners.port.run import RunResult
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    Outcome,
    Text,
    Thinking,
    UserMessage,
)
from sessions_app.protocol.wire import Usage


class EchoRun:
    """Says each message back; a last "think" waits for another message."""

    def __init__(self, host: AgentHost, texts: list[str]) -> None:
        self._host, self._texts = host, texts  # those not yet said back
        self._stop = asyncio.Future[Outcome | None]()
        self.interrupt = lambda: self._end("interrupted")
        self.cancel = lambda: self._end("cancelled")
        self.leave = self.break_away = lambda: self._end(None)  # None: handed over
        self.throttle = lambda delay_ms: None

    def _end(self, outcome: Outcome | None) -> None:
        if not self._stop.done():
            self._stop.set_result(outcome)

    async def _think(self) -> None:
        while self._texts == ["think"] and not self._stop.done():
            news = asyncio.ensure_future(self._host.arrival())
            both: list[asyncio.Future[Any]] = [news, self._stop]
            await asyncio.wait(both, return_when="FIRST_COMPLETED")
            news.cancel()
            self._texts += [m.text for m in await self._host.messages()]

    async def run(self) -> RunResult:
        while self._texts and not self._stop.done():
            block = f"{uuid4()}.0"
            if self._texts == ["think"]:
                await self._host.emit(Thinking(block=block, text="And then?"))
                await self._think()
            else:
                await self._host.emit(Text(block=block, text=self._texts.pop(0)))
            self._texts += [m.text for m in await self._host.messages()]
        status = self._stop.result() if self._stop.done() else "success"
        if status is None:
            return RunResult("interrupted", "", is_handed_over=True)
        self._texts.clear()
        await self._host.emit(AgentComplete(status=status, usage=Usage()))
        return RunResult(status, "")


class EchoSession:
    def __init__(self, host: AgentHost, log: Sequence[Event]) -> None:
        self._host, self._texts = host, list[str]()
        self.receive(log)

    def closing(self) -> Sequence[Event]:
        return ()  # a dead runner leaves nothing open: each event is whole

    def receive(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, UserMessage):
                self._texts.append(event.text)
            elif isinstance(event, Text):
                del self._texts[0]
            elif isinstance(event, AgentComplete):
                self._texts.clear()

    async def run(self) -> EchoRun:
        return EchoRun(self._host, self._texts)


class EchoEngine(AbstractAsyncContextManager["EchoEngine"]):
    def __init__(self, environment: Mapping[str, str]) -> None:
        """An echo needs no keys."""

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open."""

    def session(
        self, brief: SessionBrief, host: AgentHost, log: Sequence[Event]
    ) -> EchoSession:
        return EchoSession(host, log)
