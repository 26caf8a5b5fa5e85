from typing import Annotated

from django.contrib.auth.models import User
from ninja import Path, Router, Status

from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.problems import Problem
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.webhook_schemas import (
    DeliveryList,
    DeliveryOut,
    WebhookIn,
    WebhookList,
    WebhookMade,
    WebhookOut,
)
from sessions_app.models import WebhookEndpoint
from sessions_app.people.api_tokens import Scope
from sessions_app.webhooks.endpoints import add_endpoint, webhooks_of
from sessions_app.webhooks.outbox import replay
from sessions_app.webhooks.target import BadTarget

ROWS_MAX = 100  # deliveries of one answer, the newest
RowId = Annotated[int, Path(ge=1, lt=2**53)]
router = Router(tags=["webhooks"])


@router.get("/webhooks", response=answers(WebhookList))
def list_webhooks(request: CallerRequest) -> WebhookList:
    """List your webhooks."""
    user = require(request, Scope.WEBHOOKS)
    own = webhooks_of(user)
    return WebhookList(webhooks=[WebhookOut.of(one) for one in own])


@router.post("/webhooks", response=answers(WebhookMade, 400, 413, status=201))
def add_webhook(request: CallerRequest, wanted: WebhookIn) -> Status[WebhookMade]:
    """Make a webhook of yours; its secret is shown now and never again."""
    user = require(request, Scope.WEBHOOKS)
    try:
        endpoint, secret = add_endpoint(
            user, wanted.template, wanted.url, wanted.occasions, of_all=wanted.of_all
        )
    except BadTarget as error:
        raise Problem(422, str(error)) from None
    made = WebhookOut.of(endpoint).dict() | {"secret": secret}
    return Status(201, WebhookMade(**made))


@router.delete("/webhooks/{webhook}", response=answers(None, 404, status=204))
def remove_webhook(request: CallerRequest, webhook: RowId) -> Status[None]:
    """Delete a webhook of yours, and what it was still to be told."""
    _find(require(request, Scope.WEBHOOKS), webhook).delete()
    return Status(204, None)


@router.get("/webhooks/{webhook}/deliveries", response=answers(DeliveryList, 404))
def list_deliveries(request: CallerRequest, webhook: RowId) -> DeliveryList:
    """List what a webhook of yours was told, and what came of it, the newest first."""
    endpoint = _find(require(request, Scope.WEBHOOKS), webhook)
    rows = endpoint.deliveries.all()[:ROWS_MAX]
    return DeliveryList(deliveries=[DeliveryOut.of(row) for row in rows])


@router.post(
    "/webhooks/{webhook}/deliveries/{delivery}/replay",
    response=answers(None, 404, status=202),
)
def replay_delivery(
    request: CallerRequest, webhook: RowId, delivery: RowId
) -> Status[None]:
    """Send a message once more, with the same `webhook-id`."""
    endpoint = _find(require(request, Scope.WEBHOOKS), webhook)
    if not endpoint.deliveries.filter(pk=delivery).exists():
        raise Problem(404, "This webhook has no such delivery.")
    replay([delivery])
    return Status(202, None)


def _find(user: User, webhook: int) -> WebhookEndpoint:
    """Return a person's own webhook. Raises Problem (404)."""
    found = webhooks_of(user).filter(pk=webhook).first()
    if found is None:
        raise Problem(404, "You have no such webhook.")
    return found
