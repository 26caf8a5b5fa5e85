from django.db import models
from django.db.models.functions import Now

from sessions_app.models.session import AgentSession


class Diagnostics(models.Model):
    """The end of an external program's stderr, kept beside its session's log."""

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="diagnostics"
    )
    text = models.TextField(help_text="the last of it")
    total_bytes = models.BigIntegerField(help_text="more than text: the rest is lost")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "diagnostics"

    def __str__(self) -> str:
        return f"{self.session_id} {self.total_bytes}"
