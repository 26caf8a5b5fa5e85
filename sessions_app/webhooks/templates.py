"""The forms of a message: what each receiver's own API wants to be sent."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sessions_app.models import WebhookEndpoint
from sessions_app.webhooks.message import WebhookMessage
from sessions_app.webhooks.occasion import Occasion

Template = WebhookEndpoint.Template
NTFY_URGENT = 4
NTFY_USUAL = 3

# From the endpoint's URL and the message to the URL and the JSON that are sent.
Form = Callable[[str, WebhookMessage], tuple[str, dict[str, Any]]]


def standard(url: str, message: WebhookMessage) -> tuple[str, dict[str, Any]]:
    return url, message.json()


def slack(url: str, message: WebhookMessage) -> tuple[str, dict[str, Any]]:
    # These three begin links, mentions and entities.
    text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return url, {"text": text}


def discord(url: str, message: WebhookMessage) -> tuple[str, dict[str, Any]]:
    # A title that says @everyone mentions nobody.
    quiet: dict[str, list[str]] = {"parse": []}
    return url, {"content": message.text, "allowed_mentions": quiet}


def ntfy(url: str, message: WebhookMessage) -> tuple[str, dict[str, Any]]:
    """Publish as JSON, to the server's root; the topic ends the endpoint's URL."""
    parts = urlsplit(url)
    before, _, topic = parts.path.rpartition("/")
    root = urlunsplit((parts.scheme, parts.netloc, f"{before}/", parts.query, ""))
    urgent = message.occasion in {Occasion.WAITING, Occasion.BUDGET}
    return root, {
        "topic": topic,
        "title": message.title,
        "message": message.short_detail or message.title,
        "click": message.url,
        "priority": NTFY_URGENT if urgent else NTFY_USUAL,
    }


FORMS: dict[str, Form] = {
    Template.STANDARD: standard,
    Template.SLACK: slack,
    Template.DISCORD: discord,
    Template.NTFY: ntfy,
}
