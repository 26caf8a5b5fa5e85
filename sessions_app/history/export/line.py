from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sessions_app.models import COST_MAX_USD, AgentSession
from sessions_app.protocol.events import Count
from sessions_app.protocol.prepared import prepare
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Json, Usage
from sessions_app.sessions.budget_limits import budget_limits

COUNT_MAX = 2**53 - 1  # the largest integer that a browser represents exactly
WITHOUT_NUL = r"^[^\x00]*$"  # PostgreSQL stores no NUL characters
Text = Annotated[str, Meta(pattern=WITHOUT_NUL)]
Short = Annotated[str, Meta(pattern=WITHOUT_NUL, max_length=32)]
Name = Annotated[str, Meta(pattern=WITHOUT_NUL, max_length=80)]
Title = Annotated[str, Meta(pattern=WITHOUT_NUL, max_length=200)]
Workdir = Annotated[str, Meta(pattern=WITHOUT_NUL, max_length=4096)]
# Ids become parts of group names, paths and URLs, hence the strict pattern.
SessionId = Annotated[str, Meta(pattern=r"^s_[a-z0-9]{1,18}\Z")]
OutputId = Annotated[str, Meta(pattern=r"^o_[a-z0-9]{1,18}\Z")]
Seq = Annotated[int, Meta(ge=0, le=10**9)]  # the admin lists a log by ranges of seqs
Time = Annotated[datetime, Meta(tz=True)]


class SessionLine(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="ringside", tag="session"
):
    """A session's line in an export; the session's log follows."""

    version: Literal[1]
    id: SessionId
    ends: bool = False  # the file has an EndLine; files of older versions have none
    parent: str | None
    owner: str | None
    title: Title
    prompt: Text
    status: SessionStatus
    model: Name
    engine: Short
    workdir: Workdir
    permission_mode: AgentSession.PermissionMode
    budget: Json
    rules: dict[str, list[str]]
    options: Json
    worktree: Json
    usage: Json
    cost_usd: Decimal | None
    head_seq: Seq
    swept_seq: Seq
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
    archived_at: Time | None

    def __post_init__(self) -> None:
        usage = msgspec.convert(self.usage, Usage)
        if not 0 <= usage.total <= COUNT_MAX:
            raise ValueError("no count of tokens")
        budget_limits(self.budget)
        cost = self.cost_usd or Decimal(0)
        if not cost.is_finite() or abs(cost) >= COST_MAX_USD:
            raise ValueError("no sum of money")

    def columns(self) -> dict[str, Any]:
        """Return the fields that go into the session's row unchanged."""
        fields = msgspec.structs.asdict(self)
        return {k: v for k, v in fields.items() if k not in NO_COLUMNS}


NO_COLUMNS = frozenset({"version", "ends", "id", "parent", "owner"})


class OutputLine(msgspec.Struct, frozen=True, tag_field="ringside", tag="output"):
    """An output of the session whose line precedes it."""

    id: OutputId
    total_bytes: Count
    data: bytes


class EndLine(msgspec.Struct, frozen=True, tag_field="ringside", tag="end"):
    """The last line of an export."""

    lines: Count  # the number of lines before this one


ExportLine = SessionLine | OutputLine | EndLine
prepare(ExportLine)
