import asyncio

from runners.simulator.api.connection import HttpConnection
from runners.simulator.api.error import error_object
from runners.simulator.reply.pace import Pace
from runners.simulator.reply.reply import Reply, StreamEvent
from runners.simulator.script.fault import (
    AnyFault,
    Cut,
    EarlyEnd,
    Silence,
    StreamError,
    StreamFault,
)


class ResponseStreamer:
    """Streams one answer, at its pace and with its fault."""

    def __init__(
        self,
        reply: Reply,
        pace: Pace,
        fault: AnyFault | None,
        connection: HttpConnection,
    ) -> None:
        self._reply = reply
        self._pace = pace
        self._fault = fault if isinstance(fault, StreamFault) else None
        self._connection = connection

    async def send(self) -> None:
        """Send the events up to the end or up to the fault."""
        fault = self._fault
        for count, event in enumerate(self._reply.events()):
            strikes = fault is not None and count == fault.after
            if strikes and not await self._goes_on_after(fault):
                return
            for _ in range(event.tokens):
                await self._pace.wait()
            await self._connection.chunk(event.frame())
        await self._connection.finish()

    async def _goes_on_after(self, fault: StreamFault | None) -> bool:
        match fault:
            case StreamError():
                body = error_object(fault.error, fault.message)
                await self._connection.chunk(StreamEvent(body).frame())
                await self._connection.finish()
            case EarlyEnd():
                await self._connection.finish()
            case Cut():
                self._connection.close()
            case Silence(seconds=seconds):
                if not seconds:
                    await asyncio.Event().wait()
                await asyncio.sleep(seconds)
                return True
        return False
