from django.conf import settings
from django.db import models

ALL_OCCASIONS = "waiting done failed budget"


class NotificationChoices(models.Model):
    """What a person wants to be told of by their browsers, and when not."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="notification_choices",
    )
    # Separated by blanks: see `webhooks/occasion.py`.
    occasions = models.CharField(max_length=80, default=ALL_OCCASIONS, blank=True)
    of_all = models.BooleanField(default=False)
    # Both or none; from 22:00 until 07:00 is over midnight.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    def __str__(self) -> str:
        return f"what {self.user} is told of"
