from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class WebhookEndpoint(models.Model):
    """Where a person wants to be told of their sessions, and of what."""

    class Template(models.TextChoices):
        STANDARD = "standard", "JSON, signed (standard-webhooks)"
        SLACK = "slack", "Slack"
        DISCORD = "discord", "Discord"
        NTFY = "ntfy", "ntfy"
        EMAIL = "email", "e-mail to the person's own address"
        PUSH = "push", "notifications of a browser"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks"
    )
    template = models.CharField(max_length=16, choices=Template.choices)
    # What to tell of, separated by blanks: see `webhooks/occasion.py`.
    occasions = models.CharField(max_length=80)
    # Of all sessions that the owner may see; otherwise of those that they own.
    of_all = models.BooleanField(default=False)
    host = models.CharField(max_length=255, help_text="all else of it is secret")
    # The URL and the key that signs, encrypted: see `webhooks/target.py`; of a browser
    # `webhooks/push/push_target.py`.
    sealed = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    # Since when nothing is sent: the receiver said that it is gone (410).
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.template} at {self.host} for {self.owner}"
