from django.db import models

from sessions_app.models.session import AgentSession


class SearchIndex(models.Model):
    """How far a session's log is indexed, and its folded title and prompt."""

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="search_index"
    )
    # How far the former index of whole words had come; the index of terms replaced it.
    seq = models.BigIntegerField(default=0)
    terms_seq = models.BigIntegerField(default=0, db_default=0)
    # `named` is title and prompt, folded; `title` is the title that it was made from.
    title = models.CharField(max_length=200, default="", db_default="")
    named = models.TextField(default="", db_default="")

    def __str__(self) -> str:
        return f"{self.session_id} {self.terms_seq}"
