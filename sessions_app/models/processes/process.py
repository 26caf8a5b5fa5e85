from django.db import models
from django.db.models.functions import Now


class Process(models.Model):
    """A process of this installation; one whose heartbeats have stopped is gone."""

    # host/space/pid/start, the prefix of the process's leases.
    name = models.CharField(max_length=240, unique=True)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"
