from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sessions_app.models.session import AgentSession


class Command(models.Model):
    """A person's command to a session's runner; stored first, then announced."""

    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="commands", db_index=False
    )
    # Chosen by the client: a repeated key is the same command, stored once.
    key = models.CharField(max_length=64)
    type = models.CharField(max_length=32)
    data = models.TextField(help_text="the command's JSON, as it travels")
    tool_use_id = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001 unique
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    address = models.GenericIPAddressField(
        null=True, blank=True, help_text="from where; none: a terminal"
    )
    created_at = models.DateTimeField(db_default=Now())
    # Set when a runner takes a message to hand it to its agent: the message cannot be
    # withdrawn from then on, though it is applied only when the log has it.
    taken_at = models.DateTimeField(null=True, blank=True)
    # A message's place among those that wait; null: its id. Reordering permutes the
    # places of the messages that it moves, so later ones stay behind them.
    rank = models.BigIntegerField(null=True, blank=True)
    # When the log had the command's effect; of a message, also when it was withdrawn.
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("session", "key"), name="command_once"),
            # NULLs are distinct; only answers to a tool call have a tool_use_id.
            models.UniqueConstraint(
                fields=("session", "tool_use_id"),
                name="command_one_answer_per_tool_use",
            ),
        )
        indexes = (
            models.Index(
                fields=("session", "id"),
                condition=models.Q(applied_at=None),
                name="command_pending",
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.type}"
