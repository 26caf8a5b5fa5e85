from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet

from sessions_app.models import WebhookEndpoint
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.target import BadTarget, WebhookTarget, check_url

EMAIL = WebhookEndpoint.Template.EMAIL


def add_endpoint(
    owner: User,
    template: str,
    url: str,
    occasions: Collection[Occasion],
    *,
    of_all: bool,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint of a person's; return it with its secret, which is shown once.

    Mail goes to the address of the person's account, and to no other. Raises BadTarget.
    """
    if template == WebhookEndpoint.Template.PUSH:
        raise BadTarget("template: a browser is added on the page Notifications.")
    if not occasions:
        raise BadTarget("occasions: name at least one.")
    if webhooks_of(owner).count() >= _most():
        raise BadTarget(f"You have {_most()} webhooks: delete one first.")
    if template == EMAIL and (url or not owner.email):
        raise BadTarget(
            "url: leave it out; mail goes to the address of your account, which an "
            "admin can set."
        )
    target = WebhookTarget("", "") if template == EMAIL else WebhookTarget.new(url)
    endpoint = WebhookEndpoint.objects.create(
        owner=owner,
        template=template,
        occasions=" ".join(one for one in Occasion if one in occasions),
        of_all=of_all,
        host=owner.email if template == EMAIL else check_url(url),
        sealed=target.sealed(),
    )
    return endpoint, target.secret


def webhooks_of(owner: User) -> QuerySet[WebhookEndpoint]:
    """Select a person's webhooks; a browser's notifications are none."""
    own = WebhookEndpoint.objects.filter(owner=owner)
    return own.exclude(template=WebhookEndpoint.Template.PUSH)


def _most() -> int:
    most: int = settings.WEBHOOKS_OF_PERSON_MAX
    return most
