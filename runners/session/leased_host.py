import asyncio

from runners.mailbox.approvals import ApprovalGateway
from runners.session.leased import LeasedSession
from sessions_app.protocol.events import AgentInfo, Approval, ApprovalRequest, Event


class LeasedHost:
    """What each host of an agent does with its leased session."""

    def __init__(self, leased: LeasedSession, approvals: ApprovalGateway) -> None:
        self.leased = leased
        self.approvals = approvals

    @property
    def session_id(self) -> str:
        return self.leased.session_id

    async def emit(self, *events: Event) -> None:
        await self.leased.finisher.append(*events)
        for event in events:
            if isinstance(event, AgentInfo) and event.title:
                await self.leased.records.retitle(event.title)

    async def record(self, *events: Event) -> None:
        await self.leased.journal.append(*events)

    async def request_approval(
        self, request: ApprovalRequest, *, keeps_scope: bool = False
    ) -> "asyncio.Task[Approval]":
        return await self.approvals.request_approval(request, keeps_scope=keeps_scope)

    async def keep_image(self, data: bytes) -> str:
        return await self.leased.records.keep_image(data)

    async def withdrawn(self) -> None:
        await self.approvals.withdrawn()
