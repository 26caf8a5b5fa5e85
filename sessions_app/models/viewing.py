from django.db import models

from sessions_app.models.session import AgentSession
from sessions_app.models.share import Share


class Viewing(models.Model):
    """How many viewers a session has in one web process, by one way in."""

    source = models.CharField(max_length=64, help_text="the process")
    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="viewings")
    # None: they are signed in.
    share = models.ForeignKey(Share, models.CASCADE, null=True, related_name="+")
    viewers = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("source",), name="viewing_source"),)

    def __str__(self) -> str:
        return f"{self.session_id} {self.viewers}"
