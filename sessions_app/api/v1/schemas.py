import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from ninja import Path, Schema
from pydantic import Field

from sessions_app.protocol.frames import SessionSummary
from sessions_app.protocol.status import SessionStatus

SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)
SessionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
OutputId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class SessionOut(Schema):
    """A session, as the list shows it."""

    id: str
    parent: str | None = Field(description="the session that spawned this sub-agent")
    root: str = Field(description="the topmost session above; its own id without one")
    title: str
    status: SessionStatus
    engine: str
    model: str
    owner: str
    head: int = Field(description="seq of the last event")
    cost_usd: float | None = Field(description="null: not known")
    approvals: int = Field(description="calls that wait for a person")
    tags: list[str]
    archived: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, summary: SessionSummary, approvals: int) -> "SessionOut":
        return cls(
            id=summary.id,
            parent=summary.parent or None,
            root=summary.root,
            title=summary.title,
            status=summary.status,
            engine=summary.engine.name,
            model=summary.model,
            owner=summary.owner,
            head=summary.head,
            cost_usd=summary.cost_usd,
            approvals=approvals,
            tags=summary.tags,
            archived=summary.is_archived,
            created_at=_time(summary.created_ms),
            updated_at=_time(summary.updated_ms),
        )


class SessionListOut(Schema):
    sessions: list[SessionOut]
    next: str = Field(description='send it as `after` for the next page; "": the end')


class SessionFamily(Schema):
    sessions: list[SessionOut] = Field(description="parents before children")


class EventPage(Schema):
    """Events of a session in seq order: those after `after`, up to `up_to`."""

    session: str
    epoch: str = Field(description="changes when the log is replaced or redacted")
    after: int
    up_to: int
    head: int = Field(description="seq of the session's last event")
    events: list[dict[str, Any]] = Field(description="see docs/protocol.md")


class CommandIn(Schema):
    """What a person asks of a session: a command of docs/protocol.md."""

    type: Literal[
        "prompt", "withdraw", "reorder", "interrupt", "cancel", "approve", "deny",
        "set_option", "commit_changes", "restore_files", "merge_branch",
        "rebase_branch", "push_branch", "open_pull_request",
    ]  # fmt: skip
    text: str | None = Field(None, description="of a prompt")
    commandId: str | None = Field(
        None, description="of a withdraw: the id of a prompt that was not read yet"
    )
    commandIds: list[str] | None = Field(
        None, description="of a reorder: all prompts not taken yet, in the new order"
    )
    toolUseId: str | None = Field(None, description="of an approve or deny")
    scope: Literal["once", "session"] | None = Field(None, description="of an approve")
    input: dict[str, Any] | None = Field(None, description="replaces the call's input")
    reason: str | None = Field(None, description="of a deny")
    optionId: str | None = Field(None, description="of approve, deny and set_option")
    answers: dict[str, Any] | None = Field(None, description="of an approve")
    value: str | None = Field(None, description="of a set_option")
    message: str | None = Field(None, description="of commit_changes and merge_branch")
    tree: str | None = Field(
        None, description="of commit_changes and restore_files: what was looked at"
    )
    source: str | None = Field(None, description="of restore_files")
    paths: list[str] | None = Field(
        None, description="of commit_changes and restore_files; []: all"
    )
    head: str | None = Field(
        None, description="of commands about the branch: the commit looked at"
    )
    how: Literal["forward", "commit"] | None = Field(None, description="of a merge")
    remote: str | None = Field(None, description="of a push and a pull request")
    name: str | None = Field(None, description="of the branch there")
    title: str | None = Field(None, description="of a pull request")
    body: str | None = Field(None, description="of a pull request")


class MessageOut(Schema):
    """A message that the session's log does not have yet."""

    id: str = Field(description="that of its command")
    text: str
    is_taken: bool = Field(description="by a runner: it cannot be taken back")


class MessageList(Schema):
    messages: list[MessageOut] = Field(description="as they will be read")


class CommandOut(Schema):
    """A command that is stored for the session's runner."""

    id: str


class ApprovalOut(Schema):
    """A tool call that waits for a person."""

    session: str
    title: str
    root: str
    can_control: bool
    request: dict[str, Any] = Field(description="the approval_request event")


class ApprovalList(Schema):
    approvals: list[ApprovalOut]
    total: int = Field(description="counts those that are not sent, too")


class SearchResultOut(Schema):
    """An event whose text matches."""

    session: str
    title: str = Field(description="the session's")
    seq: int
    type: str
    snippet: str = Field(description="the text around the first match")


class SearchOut(Schema):
    results: list[SearchResultOut]
    next: int | None = Field(
        description="send it as `before` for older events; null: the end"
    )
    is_behind: bool = Field(description="the newest events cannot be searched yet")


class StartIn(Schema):
    """A new session; missing fields have the defaults of the page's form."""

    prompt: str
    engine: str = Field("", description='`name` of an engine; "": the default')
    workdir: str = Field("", description='"": a fresh directory')
    model: str = Field("", description='"": the default')
    permission_mode: str = Field("", description='"": default')
    effort: str = Field("", description='"": the model\'s own')
    worktree: bool = False
    budget_usd: float | None = None

    def form_data(self) -> dict[str, str]:
        """Write the values as the page's form would send them."""
        said = self.dict(exclude_none=True, exclude={"worktree"})
        data = {name: str(value) for name, value in said.items()}
        return data | ({"worktree": "on"} if self.worktree else {})


class EngineOut(Schema):
    name: str
    label: str
    simulated: bool


class EngineList(Schema):
    engines: list[EngineOut]


class Me(Schema):
    user: str
    role: str
    scopes: list[str]


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
