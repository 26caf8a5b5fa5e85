import asyncio
from collections.abc import Iterable, Sequence

from runners.mailbox.approvals import ApprovalGateway
from runners.records.records import SessionRecords
from sessions_app.protocol.events import ApprovalRequest

TOOL = "takeover"  # shown to people as the name of the asking tool
REASON = (
    "Commands of the former runner may still run on another host, where this one"
    " cannot end them. Look there first. Go on?"
)


class TakeoverConfirmation:
    """Asks whether to resume a session whose commands may still run on another host."""

    def __init__(self, approvals: ApprovalGateway, records: SessionRecords) -> None:
        self._approvals = approvals
        self._records = records
        self.given_up = asyncio.Event()  # set when the session is stopped

    async def ask(self, left: Sequence[str], asked: Iterable[str], seq: int) -> bool:
        """Ask, and wait without limit; `asked` are the pending approvals of the log.

        Returns False if the answer is no, or if the session is stopped first; the next
        runner then asks again.
        """
        opened = [name for name in asked if name.startswith(f"{TOOL}_")]
        request = ApprovalRequest(
            tool_use_id=opened[0] if opened else f"{TOOL}_{seq}",
            tool=TOOL,
            input={"processes": [*left]},
            reason=REASON,
        )
        asking = asyncio.create_task(self._approvals.ask_aside(request))
        giving_up = asyncio.create_task(self.given_up.wait())
        await asyncio.wait({asking, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, giving_up):
            task.cancel()
        await asyncio.wait({asking, giving_up})
        if asking.cancelled():
            await self._approvals.give_up(request)
            return False
        if asking.result().decision == "denied":
            return False
        await self._records.forget_processes()
        return True
