from datetime import datetime

from ninja import Schema
from pydantic import Field

from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.webhooks.occasion import Occasion


class WebhookIn(Schema):
    """A webhook to be made."""

    template: WebhookEndpoint.Template = WebhookEndpoint.Template.STANDARD
    url: str = Field("", description="https://…; none for e-mail")
    occasions: list[Occasion] = Field(list(Occasion), description="what to tell of")
    of_all: bool = Field(
        False, description="of all sessions that you may see, not of yours alone"
    )


class WebhookOut(Schema):
    """A webhook; its URL and its secret are shown to nobody again."""

    id: int
    template: str
    host: str
    occasions: list[str]
    of_all: bool
    created_at: datetime
    gone_at: datetime | None = Field(description="since when nothing is sent")

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "WebhookOut":
        return cls(
            id=endpoint.pk,
            template=endpoint.template,
            host=endpoint.host,
            occasions=endpoint.occasions.split(),
            of_all=endpoint.of_all,
            created_at=endpoint.created_at,
            gone_at=endpoint.gone_at,
        )


class WebhookMade(WebhookOut):
    secret: str = Field(description="signs messages; it is never shown again")


class WebhookList(Schema):
    webhooks: list[WebhookOut]


class DeliveryOut(Schema):
    """What a webhook was told of one event, and what came of it."""

    id: int
    message: str = Field(description="the `webhook-id` of all tries")
    session: str
    seq: int
    occasion: str
    created_at: datetime
    attempts: int
    due_at: datetime | None = Field(description="of the next try; null: there is none")
    delivered_at: datetime | None
    outcome: str = Field(description="of the last try")

    @classmethod
    def of(cls, row: WebhookDelivery) -> "DeliveryOut":
        return cls(
            id=row.pk,
            message=row.message_id,
            session=row.session_id,
            seq=row.seq,
            occasion=row.occasion,
            created_at=row.created_at,
            attempts=row.attempts,
            due_at=row.due_at,
            delivered_at=row.delivered_at,
            outcome=row.outcome,
        )


class DeliveryList(Schema):
    deliveries: list[DeliveryOut]
