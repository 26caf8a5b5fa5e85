from django.db import models

from sessions_app.models.streams.durable_stream import DurableStream


class StreamProducer(models.Model):
    """The last request of one producer that a stream has accepted."""

    stream = models.ForeignKey(DurableStream, models.CASCADE, related_name="producers")
    name = models.CharField(max_length=200, help_text="the Producer-Id")
    epoch = models.BigIntegerField()
    seq = models.BigIntegerField()
    has_closed = models.BooleanField(default=False)  # that request closed the stream

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("stream", "name"), name="producer_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.epoch}.{self.seq}"
