from django.db import models

from sessions_app.models.session import AgentSession

# Types of which only the last event of a session counts: what its agent offers now.
AGENT_STATE = ("agent_info", "config_options", "available_commands", "context_usage")


class Event(models.Model):
    """One line of a session's log; never changed, except by redaction."""

    # No index of its own: the unique constraint's index begins with this column.
    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="events", db_index=False
    )
    seq = models.BigIntegerField()
    type = models.CharField(max_length=64)
    # The block or tool call that deltas add to and a final supersedes.
    stream = models.CharField(max_length=128, blank=True)
    ts = models.BigIntegerField(help_text="ms since 1970")
    data = models.TextField(help_text="the event's JSON, as it travels")

    class Meta:
        ordering = ("session", "seq")
        constraints = (
            models.UniqueConstraint(
                fields=("session", "seq"), name="event_session_seq"
            ),
        )
        indexes = (
            models.Index(
                fields=("session", "type", "seq"),
                condition=models.Q(type__in=AGENT_STATE),
                name="event_agent_state",
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq} {self.type}"
