from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from sessions_app.models.session import AgentSession


class ShareQuerySet(models.QuerySet["Share"]):
    def live(self) -> "ShareQuerySet":
        """Select the shares that are neither revoked nor expired."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, revoked_at=None)


class Share(models.Model):
    """A share of a session and its sub-agents with a user, a group, or by link."""

    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="shares"
    )
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="+")
    # The hash of a link's token; the token itself is not stored.
    token_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 unique
    # Users who opened the link while signed in; they see the session in any browser.
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    can_control = models.BooleanField(
        default=False,
        help_text="steer and approve, where they are operators",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="share_with_one",
                condition=Q(user=None, group=None, token_hash__isnull=False)
                & Q(can_control=False)
                | Q(user__isnull=False, group=None, token_hash=None)
                | Q(user=None, group__isnull=False, token_hash=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} for {self.user or self.group or 'a link'}"

    @property
    def is_link(self) -> bool:
        return self.token_hash is not None

    @property
    def is_live(self) -> bool:
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.revoked_at is None and in_time
