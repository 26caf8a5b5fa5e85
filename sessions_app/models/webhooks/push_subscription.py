from django.db import models

from sessions_app.models.webhooks.webhook_endpoint import WebhookEndpoint


class PushSubscription(models.Model):
    """A browser that shows notifications while no page is open: an endpoint's own.

    It works while its browser is signed in as the endpoint's owner.
    """

    endpoint = models.OneToOneField(
        WebhookEndpoint, models.CASCADE, primary_key=True, related_name="push"
    )
    # Of the push service's URL, which is one browser's; the URL itself is encrypted.
    url_hash = models.CharField(max_length=64, unique=True)
    browser = models.CharField(max_length=64)  # such as "Chrome on Linux"
    session_key = models.CharField(max_length=40, db_index=True)  # as it is stored
    auth_hash = models.CharField(max_length=128)  # another password makes another one

    def __str__(self) -> str:
        return self.browser
