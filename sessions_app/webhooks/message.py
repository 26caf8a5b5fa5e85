from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from sessions_app.models import AgentSession, Event, WebhookDelivery
from sessions_app.people.public_url import public_url
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import ApprovalRequest, Status
from sessions_app.sessions.address import session_address
from sessions_app.webhooks.occasion import Occasion

DETAIL_MAX_CHARS = 1000  # of a detail that people read; as UTF-8 all services take it
WORDS = {
    Occasion.WAITING: "waits for you",
    Occasion.DONE: "is done",
    Occasion.FAILED: "has failed",
    Occasion.BUDGET: "has spent its budget",
}


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What an endpoint is told, in words and as JSON."""

    occasion: Occasion
    at: datetime
    session: AgentSession
    detail: str

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> "WebhookMessage":
        """Write a delivery's message from the log as it is now."""
        session = delivery.session
        found = Event.objects.filter(session=session, seq=delivery.seq).first()
        event = decode_event(found.data) if found else None
        detail = ""
        if isinstance(event, ApprovalRequest):
            detail = event.title or event.reason or event.tool
        elif isinstance(event, Status):
            detail = event.detail
        occasion = Occasion(delivery.occasion)
        return cls(occasion, delivery.created_at, session, detail)

    @property
    def url(self) -> str:
        return public_url() + session_address(self.session.pk)

    @property
    def title(self) -> str:
        """One line: which session, and what of it."""
        name = " ".join(self.session.title.split()) or self.session.pk
        return f"{name} {WORDS[self.occasion]}"

    @property
    def short_detail(self) -> str:
        """The detail in one line, cut to what a chat or a telephone takes."""
        detail = " ".join(self.detail.split())
        if len(detail) <= DETAIL_MAX_CHARS:
            return detail
        return f"{detail[: DETAIL_MAX_CHARS - 1]}…"

    @property
    def text(self) -> str:
        lines = (self.title, self.short_detail, self.url)
        return "\n".join(line for line in lines if line)

    def json(self) -> dict[str, Any]:
        return {
            "type": f"session.{self.occasion}",
            "timestamp": self.at.isoformat(),
            "data": {
                "session": self.session.pk,
                "parent": self.session.parent_id,
                "title": self.session.title,
                "status": self.session.status,
                "detail": self.detail,
                "url": self.url,
            },
        }


def encode(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)
