import secrets

from django.db import models
from django.db.models.functions import Now


def new_token() -> str:
    return secrets.token_hex(4)


class EpochChange(models.Model):
    """One log, or all of them, got another epoch: what readers have of it is void.

    The rows are a log of their own. Its last token is a version of all logs together,
    by which a reader who was away learns which logs were replaced meanwhile.
    """

    token = models.CharField(max_length=16, unique=True, default=new_token)
    # Not a key: it stays when the session is deleted. "": all sessions.
    session_id = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.token} {self.session_id or 'all'}"
