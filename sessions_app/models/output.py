import secrets

from django.db import models
from django.db.models.functions import Now

from sessions_app.models.session import ID_ALPHABET, AgentSession


def new_output_id() -> str:
    return "o_" + "".join(secrets.choice(ID_ALPHABET) for _ in range(16))


class Output(models.Model):
    """Data too large for the log: a tool's full output, or a whole event."""

    id = models.CharField(primary_key=True, max_length=20, default=new_output_id)
    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="outputs")
    data = models.BinaryField(help_text="UTF-8, the beginning if not all of it")
    total_bytes = models.BigIntegerField(help_text="more than data: the rest is lost")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.session_id} {self.id}"
