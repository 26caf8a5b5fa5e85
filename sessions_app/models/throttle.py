from django.db import models

from sessions_app.models.session import AgentSession


class Throttle(models.Model):
    """A server's request to a session's runner to slow down until `expires_at`."""

    session = models.ForeignKey(AgentSession, models.CASCADE, db_index=False)
    source = models.CharField(max_length=64, help_text="the feed that asks")
    delay_ms = models.PositiveIntegerField(help_text="between API calls")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("session", "source"), name="throttle_one_per_source"
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.delay_ms} ms"
