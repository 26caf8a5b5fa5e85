from django.conf import settings
from django.db import models

from sessions_app.models.session import AgentSession


class MutedSession(models.Model):
    """A session, with its sub-agents, that a person wants no notifications of."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted_sessions"
    )
    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "session"), name="muted_once"),
        )

    def __str__(self) -> str:
        return f"{self.session_id} for {self.user}"
