from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sessions_app.models.session import AgentSession


class DurableStream(models.Model):
    """A durable stream that programs write: its session's log holds the messages.

    The name is unique for one owner, so nobody learns of or takes another's name.
    """

    session = models.OneToOneField(
        AgentSession, models.CASCADE, primary_key=True, related_name="stream"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=200)
    # The stream ends so many seconds after it was last read or written; null: never.
    ttl_s = models.BigIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(db_default=Now())
    is_closed = models.BooleanField(default=False)
    # The last Stream-Seq that a writer gave; "": none.
    last_seq = models.CharField(max_length=200, blank=True, default="")
    forked_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="forks"
    )
    # As it was asked for: the source's name, an offset and a sub-offset.
    fork_point = models.CharField(max_length=300, blank=True, default="")
    # Deleted, and kept while forks of it are there.
    is_deleted = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="stream_name"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.session_id})"
