import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sessions_app.protocol.engine_kind import ANTHROPIC, EngineKind, unknown_kind
from sessions_app.protocol.status import SessionStatus

ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
COST_MAX_USD = 10**8  # a larger cost would make the row unreadable
EMPTY = models.Value({}, models.JSONField())


def new_session_id() -> str:
    return "s_" + "".join(secrets.choice(ID_ALPHABET) for _ in range(12))


def new_epoch() -> str:
    return secrets.token_hex(4)


class AgentSession(models.Model):
    """One agent's work from its prompt to its end; sub-agents are child sessions."""

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
    # The next four are empty in sub-agents: the main session's apply to its tree.
    budget = models.JSONField(default=dict, db_default=EMPTY, blank=True)
    # Permission rules: {"allow": [pattern, ...], "deny": [pattern, ...]}.
    rules = models.JSONField(default=dict, db_default=EMPTY, blank=True)
    # Further engine options: effort, thinking, an external command.
    options = models.JSONField(default=dict, db_default=EMPTY, blank=True)
    # The git worktree the session works in: path, branch, base, what has changed.
    worktree = models.JSONField(default=dict, db_default=EMPTY, blank=True)
    # The lease of the process that may write this session's log; empty: no process.
    lease = models.CharField(max_length=255, blank=True, default="")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # Changes when the log is restored, imported or redacted, so old cursors are void.
    epoch = models.CharField(max_length=16, default=new_epoch)
    head_seq = models.BigIntegerField(default=0)
    # Deltas superseded by finals up to this seq have been deleted.
    swept_seq = models.BigIntegerField(default=0)
    usage = models.JSONField(default=dict)
    cost_usd = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now())
    # Changes with the columns that the list shows, not with each event.
    updated_at = models.DateTimeField(db_default=Now(), db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "session"
        indexes = (
            models.Index(
                fields=("lease",),
                condition=~models.Q(lease=""),
                name="session_leased",
            ),
            # What sessions of the last days have cost.
            models.Index(fields=("created_at",), name="session_created"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.title}"

    @property
    def kind(self) -> EngineKind:
        """The kind of the session's engine; an empty `engine` means the Claude API."""
        name = self.engine or ANTHROPIC.name
        return settings.ENGINES.get(name) or unknown_kind(name)

    @property
    def is_waiting(self) -> bool:
        return self.status == SessionStatus.WAITING

    @property
    def is_at_rest(self) -> bool:
        return SessionStatus(self.status).is_over
