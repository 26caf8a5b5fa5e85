from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sessions_app.models.session import AgentSession


class AgentTranscript(models.Model):
    """A transcript of another agent's session, and the session it was taken into.

    The row outlives the session: what was deleted here is not taken in again.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    agent = models.CharField(max_length=16, help_text="whose session: claude, codex, …")
    name = models.CharField(max_length=128, help_text="the agent's own name for it")
    session = models.OneToOneField(
        AgentSession, models.SET_NULL, null=True, blank=True, related_name="transcript"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("owner", "agent", "name"), name="transcript_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agent} {self.name}"
