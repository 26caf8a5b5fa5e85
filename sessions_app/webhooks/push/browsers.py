"""The browsers that show a person notifications: added, looked up, removed."""

import asyncio
import hashlib
import re

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from sessions_app.models import (
    NotificationChoices,
    PushSubscription,
    WebhookEndpoint,
)
from sessions_app.people.browser_sessions import stored_key
from sessions_app.webhooks.address import Lookup, checked_address, system_lookup
from sessions_app.webhooks.post import PORTS
from sessions_app.webhooks.push.push_target import PushTarget
from sessions_app.webhooks.target import BadTarget

PUSH = WebhookEndpoint.Template.PUSH
# In this order: each later browser also says that it is one of the former.
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_NAMES = {"Edg": "Edge", "OPR": "Opera"}
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux")


def choices_of(user: User) -> NotificationChoices:
    """Return what a person has chosen, or what applies without a choice."""
    found = NotificationChoices.objects.filter(user=user).first()
    return found or NotificationChoices(user=user)


def browsers_of(user: User) -> QuerySet[PushSubscription]:
    rows = PushSubscription.objects.filter(endpoint__owner=user)
    return rows.select_related("endpoint").order_by("endpoint_id")


def add_browser(
    owner: User,
    target: PushTarget,
    session_key: str | None,
    agent: str,
    lookup: Lookup = system_lookup,
) -> PushSubscription:
    """Have a browser show its person's notifications, as long as it is signed in.

    A browser that is added again keeps its place; one that somebody else is signed in
    at now is theirs. Raises BadTarget, also for a service at a private address.
    """
    host = target.check()
    scheme = target.url.partition(":")[0]
    async_to_sync(_check_address)(host, scheme, lookup)
    with transaction.atomic():
        return _stored(owner, target, host, session_key, agent)


async def _check_address(host: str, scheme: str, lookup: Lookup) -> None:
    """Look a host up, in bounded time: whoever names it may answer slowly, too."""
    try:
        async with asyncio.timeout(settings.WEBHOOK_CONNECT_MAX_S):
            is_plain = scheme == "http"
            await checked_address(host, PORTS[scheme], lookup, is_plain=is_plain)
    except TimeoutError:
        raise BadTarget(f"The name {host} is not answered for: try it later.") from None


def _stored(
    owner: User, target: PushTarget, host: str, session_key: str | None, agent: str
) -> PushSubscription:
    known = PushSubscription.objects.filter(url_hash=url_hash(target.url))
    known = known.select_related("endpoint")
    found = known.first()
    if found is not None and found.endpoint.owner_id != owner.pk:
        found.endpoint.delete()
        found = None
    if found is None:
        if browsers_of(owner).count() >= settings.PUSH_BROWSERS_MAX:
            most = settings.PUSH_BROWSERS_MAX
            raise BadTarget(f"You have {most} browsers: remove one first.")
        endpoint = WebhookEndpoint(owner=owner, template=PUSH)
        found = PushSubscription(endpoint=endpoint, url_hash=url_hash(target.url))
    choices = choices_of(owner)
    endpoint = found.endpoint
    endpoint.occasions, endpoint.of_all = choices.occasions, choices.of_all
    endpoint.host, endpoint.sealed = host, target.sealed()
    endpoint.save()
    found.endpoint = endpoint
    found.browser = name_of(agent)
    found.session_key = stored_key(session_key)
    found.auth_hash = owner.get_session_auth_hash()
    found.save()
    return found


def remove_browser(owner: User, url: str) -> None:
    """Show nothing more in a browser of a person's; harmless if it is unknown."""
    rows = browsers_of(owner).filter(url_hash=url_hash(url))
    WebhookEndpoint.objects.filter(pk__in=rows.values("pk")).delete()


def is_signed_in(push: PushSubscription) -> bool:
    """Return whether the browser is signed in as it was when it was added."""
    owner = push.endpoint.owner
    live = Session.objects.filter(
        session_key=push.session_key, expire_date__gt=timezone.now()
    )
    return (
        owner.is_active
        and constant_time_compare(push.auth_hash, owner.get_session_auth_hash())
        and live.exists()
    )


def choose(choices: NotificationChoices) -> None:
    """Store what a person has chosen, for all of their browsers."""
    with transaction.atomic():
        choices.save()
        own = WebhookEndpoint.objects.filter(owner=choices.user, template=PUSH)
        own.update(occasions=choices.occasions, of_all=choices.of_all)


def url_hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def name_of(agent: str) -> str:
    """Return what a person calls the browser of a User-Agent header."""
    browser = next((one for one in _BROWSERS if f"{one}/" in agent), "")
    system = next((one for one in _SYSTEMS if re.search(rf"\b{one}", agent)), "")
    named = _NAMES.get(browser, browser) or "A browser"
    return f"{named} on {system}" if system else named
