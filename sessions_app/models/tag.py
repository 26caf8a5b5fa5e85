from django.db import models

from sessions_app.models.session import AgentSession


class Tag(models.Model):
    """A word that a person gave a session, for filtering the list."""

    # No index of its own: the unique constraint's index begins with this column.
    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="tags", db_index=False
    )
    name = models.CharField(max_length=32, db_index=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("session", "name"), name="tag_once"),
        )

    def __str__(self) -> str:
        return self.name
