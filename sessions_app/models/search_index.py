from django.db import models

from sessions_app.models.session import AgentSession


class SearchIndex(models.Model):
    """How far a session's log can be searched, and its names as they are searched."""

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="search_index"
    )
    # How far the index of whole words had come, which the index of terms replaced.
    seq = models.BigIntegerField(default=0)
    terms_seq = models.BigIntegerField(default=0, db_default=0)
    # The session's title when `named` was made: title and prompt, folded.
    title = models.CharField(max_length=200, default="", db_default="")
    named = models.TextField(default="", db_default="")

    def __str__(self) -> str:
        return f"{self.session_id} {self.terms_seq}"
