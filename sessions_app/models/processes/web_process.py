from django.db import models

from sessions_app.models.processes.process import Process


class WebProcess(Process):
    """A process that serves pages; its row is created with its first viewer."""

    viewers = models.JSONField(help_text="how many watch, by session id")
    link_viewers = models.JSONField(
        default=dict, help_text="how many came by a link, by share id"
    )

    # A process of the version before, which does not know the column, writes rows, too.
    looked_at = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="sessions on visible pages, by user id",
    )

    class Meta(Process.Meta):
        verbose_name_plural = "web processes"
