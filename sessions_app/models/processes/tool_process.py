from django.db import models

from sessions_app.models.session import AgentSession


class ToolProcess(models.Model):
    """A tool process that a runner started; a runner that takes over kills it."""

    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="tool_processes"
    )
    host = models.CharField(max_length=255)
    space = models.CharField(max_length=255, help_text="where a pid is one process's")
    pid = models.BigIntegerField(help_text="of its process group, too")
    started = models.BigIntegerField(help_text="clock ticks since boot")

    def __str__(self) -> str:
        return f"{self.session_id} {self.host} {self.pid}"
