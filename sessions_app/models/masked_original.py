from django.db import models

from sessions_app.models.session import AgentSession


class MaskedOriginal(models.Model):
    """The encrypted original of a masked text, readable by the session's agent only."""

    # No index of its own: the unique constraint's index begins with this column.
    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="originals", db_index=False
    )
    name = models.CharField(
        max_length=40, help_text="unmaskedId of an event, prompt, or command:<id>"
    )
    data = models.BinaryField(help_text="encrypted with a key made of SECRET_KEY")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("session", "name"), name="original_name"),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.name}"
