from django.db import models

from sessions_app.models.session import AgentSession


class SearchIndex(models.Model):
    """How far a session's log can be searched."""

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="search_index"
    )
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq}"
