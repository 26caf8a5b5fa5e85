from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sessions_app.models.session import AgentSession
from sessions_app.models.webhooks.webhook_endpoint import WebhookEndpoint


class WebhookDelivery(models.Model):
    """One event that an endpoint is to be told of, and what came of the tries.

    No text of the session is kept here: a message is written when it is sent, so what
    was redacted meanwhile is not in it.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries"
    )
    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="+")
    seq = models.BigIntegerField()  # of the event
    occasion = models.CharField(max_length=16)
    created_at = models.DateTimeField(db_default=Now())
    # When to try next; null: never again. Whoever sends moves it ahead first, so that
    # no other process sends meanwhile, and one does if that process dies.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True, help_text="of the last try")

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "webhook deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("endpoint", "session", "seq"), name="webhook_delivery_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(due_at__isnull=False),
                name="webhook_delivery_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.occasion} of {self.session_id}"

    @property
    def message_id(self) -> str:
        """The `webhook-id`, by which a receiver knows a message it had before."""
        return f"msg_{self.pk}_{self.session_id}_{self.seq}"
