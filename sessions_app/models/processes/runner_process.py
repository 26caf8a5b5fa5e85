from django.db import models

from sessions_app.models.processes.process import Process


class RunnerProcess(Process):
    """A process that runs sessions."""

    concurrency = models.PositiveIntegerField(help_text="sessions at a time, at most")
    sessions = models.PositiveIntegerField(help_text="it holds now")
    throttled = models.PositiveIntegerField(help_text="of them, slowed down")

    class Meta(Process.Meta):
        verbose_name_plural = "runner processes"
