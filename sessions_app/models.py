import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sessions_app.protocol.status import SessionStatus

ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_session_id() -> str:
    return "s_" + "".join(secrets.choice(ID_ALPHABET) for _ in range(12))


def new_epoch() -> str:
    return secrets.token_hex(4)


class AgentSession(models.Model):
    """One agent's work, from its prompt to its end; sub-agents are its children."""

    class PermissionMode(models.TextChoices):
        DEFAULT = "default", "ask before writes and commands"
        ACCEPT_EDITS = "acceptEdits", "ask before commands"
        PLAN = "plan", "read only"
        BYPASS = "bypass", "never ask"

    id = models.CharField(primary_key=True, max_length=20, default=new_session_id)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="agent_sessions",
    )
    title = models.CharField(max_length=200)
    prompt = models.TextField()
    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.value) for status in SessionStatus],
        default=SessionStatus.QUEUED.value,
        db_index=True,
    )
    model = models.CharField(max_length=80)
    engine = models.CharField(max_length=32)
    workdir = models.CharField(max_length=4096, blank=True)
    permission_mode = models.CharField(
        max_length=16, choices=PermissionMode.choices, default=PermissionMode.DEFAULT
    )
    # Who may write this session's log now; see Lease. Empty: nobody.
    lease = models.CharField(max_length=255, blank=True, default="")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # Changes when the log is restored or imported anew: cursors of old are void.
    epoch = models.CharField(max_length=16, default=new_epoch)
    head_seq = models.BigIntegerField(default=0)
    # Deltas superseded by finals up to here have been deleted.
    swept_seq = models.BigIntegerField(default=0)
    usage = models.JSONField(default=dict)
    cost_usd = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now())
    # Moves with what the list shows, not with each event.
    updated_at = models.DateTimeField(db_default=Now(), db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "session"
        indexes = (
            models.Index(
                fields=("lease",),
                condition=~models.Q(lease=""),
                name="session_leased",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


class Event(models.Model):
    """One line of a session's log: written once, never changed."""

    # No index of its own, here and below: a unique constraint begins with it.
    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="events", db_index=False
    )
    seq = models.BigIntegerField()
    type = models.CharField(max_length=64)
    # The block or tool call that deltas add to and a final supersedes.
    stream = models.CharField(max_length=128, blank=True)
    ts = models.BigIntegerField(help_text="ms since 1970")
    data = models.TextField(help_text="the event's JSON, as it travels")

    class Meta:
        ordering = ("session", "seq")
        constraints = (
            models.UniqueConstraint(
                fields=("session", "seq"), name="event_session_seq"
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq} {self.type}"


class Command(models.Model):
    """What a person asked of a session's runner: a row first, then a nudge."""

    session = models.ForeignKey(
        AgentSession, models.CASCADE, related_name="commands", db_index=False
    )
    # Given by the asker: the same key twice is the same command once.
    key = models.CharField(max_length=64)
    type = models.CharField(max_length=32)
    data = models.TextField(help_text="the command's JSON, as it travels")
    tool_use_id = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("session", "key"), name="command_once"),
            # NULLs are distinct: only answers to a tool call carry its id.
            models.UniqueConstraint(
                fields=("session", "tool_use_id"),
                name="command_one_answer_per_tool_use",
            ),
        )
        indexes = (
            models.Index(
                fields=("session", "id"),
                condition=models.Q(applied_at=None),
                name="command_pending",
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.type}"


class Throttle(models.Model):
    """A server asks a session's runner to slow down, for a while."""

    session = models.ForeignKey(AgentSession, models.CASCADE, db_index=False)
    source = models.CharField(max_length=64, help_text="the feed that asks")
    delay_ms = models.PositiveIntegerField(help_text="between API calls")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("session", "source"), name="throttle_one_per_source"
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.delay_ms} ms"


class SigninLink(models.Model):
    """A single-use link that signs a user in; only its token's hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link for {self.user}"
