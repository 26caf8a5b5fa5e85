from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class WorkdirRule(models.Model):
    """A permission for all sessions in a directory or below it.

    It is a rule, or the name of an environment variable that commands get.
    """

    class Kind(models.TextChoices):
        ALLOW = "allow"
        DENY = "deny"
        ENV = "env"

    workdir = models.CharField(max_length=4096, help_text="an absolute path")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    rule = models.CharField(
        max_length=1000,
        help_text="such as bash(git status *); of the kind env: MYAPP_*",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("workdir", "kind", "id")
        indexes = (models.Index(fields=("workdir",), name="workdir_rule_workdir"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.rule} in {self.workdir}"
