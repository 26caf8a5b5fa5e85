from typing import Literal

import msgspec

from sessions_app.protocol.wire import Json, Wire


class Command(Wire, frozen=True, kw_only=True):
    """A request of a person, or of the server, to a runner."""


class Prompt(Command, frozen=True, kw_only=True):
    text: str


class Interrupt(Command, frozen=True, kw_only=True):
    """Stop what runs now; the conversation can be continued."""


class Cancel(Command, frozen=True, kw_only=True):
    """End the session and its whole tree of sub-agents."""


class Approve(Command, frozen=True, kw_only=True):
    tool_use_id: str
    scope: Literal["once", "session"] = "once"
    input: Json | None = None  # if given, replaces the tool's input
    option_id: str = ""  # of the request's options; "": the runner chooses by `scope`
    answers: Json | None = None  # to the request's questions, by their ids


class Deny(Command, frozen=True, kw_only=True):
    tool_use_id: str
    reason: str = ""
    option_id: str = ""


class Withdraw(Command, frozen=True, kw_only=True):
    """Take back a message that no runner has read yet; the database decides."""

    command_id: str


class Reorder(Command, frozen=True, kw_only=True):
    """Change the order in which waiting messages are read.

    `command_ids` are all messages of the session that no runner has taken, in the
    wanted order; refused if they are not, so nobody reorders what they have not seen.
    """

    command_ids: list[str]


class SetOption(Command, frozen=True, kw_only=True):
    """Choose another value of one of the agent's settings."""

    option_id: str
    value: str


class CommitChanges(Command, frozen=True, kw_only=True):
    """Commit the session's directory, as it was in `tree`; no `paths` means all."""

    message: str
    tree: str
    paths: list[str] = msgspec.field(default_factory=list)


class RestoreFiles(Command, frozen=True, kw_only=True):
    """Put files back as they are in the state `source`; no `paths` means all.

    `tree` is the state that the person looked at. `source` is a base or a tree of one
    of the session's `workdir_changes`.
    """

    source: str
    tree: str
    paths: list[str] = msgspec.field(default_factory=list)


class MergeBranch(Command, frozen=True, kw_only=True):
    """Merge the session's branch into the branch that its worktree was made from.

    `head` is the commit that the person looked at. "forward" makes no commit, and is
    refused where the other branch has gone on; "commit" always makes one.
    """

    head: str
    how: Literal["forward", "commit"] = "commit"
    message: str = ""  # of the commit; "": one is written


class RebaseBranch(Command, frozen=True, kw_only=True):
    """Put the session's commits on top of the branch that its worktree began from."""

    head: str


class PushBranch(Command, frozen=True, kw_only=True):
    """Push the commit `head` to a branch `name` of a remote."""

    head: str
    remote: str
    name: str


class OpenPullRequest(Command, frozen=True, kw_only=True):
    """Open a pull request for a branch that was pushed at `head`."""

    head: str
    remote: str
    name: str
    title: str
    body: str = ""


class Throttle(Command, frozen=True, kw_only=True):
    delay_ms: int = msgspec.field(name="delay_ms")  # pause between API calls


class Resume(Command, frozen=True, kw_only=True):
    """End the throttle."""


# Commands that a runner carries out while the agent rests.
Errand = (
    CommitChanges
    | RestoreFiles
    | MergeBranch
    | RebaseBranch
    | PushBranch
    | OpenPullRequest
)
AnyCommand = (
    Prompt
    | Withdraw
    | Reorder
    | Interrupt
    | Cancel
    | Approve
    | Deny
    | SetOption
    | CommitChanges
    | RestoreFiles
    | MergeBranch
    | RebaseBranch
    | PushBranch
    | OpenPullRequest
    | Throttle
    | Resume
)
