"""What the tools take. The descriptions are for the model that calls them."""

from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from sessions_app.protocol.status import SessionStatus

SessionId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,20}$", description="A session's id: s_…")
]
Key = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{0,64}$",
        description="Any text of your own: a call that is repeated with it counts once",
    ),
]
Seq = Annotated[int, Field(ge=0, lt=2**53)]


class Arguments(BaseModel):
    """The arguments of one tool; others than these are refused."""

    model_config = ConfigDict(extra="forbid")


class ListArguments(Arguments):
    text: str = Field("", description="Words that the session says")
    status: SessionStatus | None = None
    owner: str = ""
    tag: str = ""
    after: str = Field("", description="`next` of the page before")


class SearchArguments(Arguments):
    text: str = Field(description='Words, "a phrase", begin*')
    before: int | None = Field(
        None, ge=1, lt=2**53, description="`next` of the page before"
    )


class SessionArguments(Arguments):
    session: SessionId


class EventsArguments(SessionArguments):
    after: Seq = Field(0, description="The cursor: `up_to` of the page before")
    limit: int = Field(100, ge=1, le=settings.MCP_EVENTS_MAX)


class OutputArguments(SessionArguments):
    output: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    offset: str = Field("0", pattern=r"^[0-9]{1,10}$")


class StartArguments(Arguments):
    prompt: str
    engine: str = Field("", description="A name of list_engines; empty: the default")
    model: str = ""
    workdir: str = Field("", description="A directory; empty: a fresh one")
    permission_mode: str = ""
    worktree: bool = Field(False, description="Work in a git worktree of its own")
    budget_usd: float | None = Field(None, gt=0)


class MessageArguments(SessionArguments):
    text: str
    key: Key = ""


class WaitArguments(SessionArguments):
    until: Literal["rest", "change"] = Field(
        "rest",
        description="rest: it has ended, or waits for a message; change: any status",
    )
    timeout_s: float = Field(settings.MCP_WAIT_S, ge=0, le=settings.MCP_WAIT_MAX_S)


class AskArguments(Arguments):
    session: SessionId = Field(description="The one that asks: it may be a sub-agent")
    tool_use_id: str = Field(description="The `toolUseId` of a request that waits")


class AnswerArguments(AskArguments):
    option_id: str = Field("", description="One of the request's `options`")


class ApproveArguments(AnswerArguments):
    scope: Literal["once", "session"] = "once"
    input: dict[str, Any] | None = Field(None, description="Replaces the call's input")
    answers: dict[str, Any] | None = Field(
        None, description="To the request's `questions`, by their ids"
    )


class DenyArguments(AnswerArguments):
    reason: str = Field("", description="What the agent is told")
