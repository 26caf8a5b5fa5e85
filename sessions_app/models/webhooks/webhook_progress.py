from django.db import models

from sessions_app.models.session import AgentSession


class WebhookProgress(models.Model):
    """How far one session's log has been read for webhooks."""

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="webhook_progress"
    )
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.session_id} up to {self.seq}"
