"""The branch of a session beside the branch that it began from, and where it may go."""

from typing import Literal

import msgspec

from sessions_app.protocol.wire import WireValue

ForgeTool = Literal["", "gh", "glab"]


class RemoteState(WireValue, frozen=True, kw_only=True):
    """A remote of the repository, as it was when the session began.

    `url` has no user and no password. Each reason is a sentence for people; "": it can
    be done.
    """

    name: str
    url: str = ""
    no_push: str = ""  # why nothing can be pushed to it
    tool: ForgeTool = ""  # the program that opens pull requests there
    no_request: str = ""  # why no pull request can be opened


class BranchState(WireValue, frozen=True, kw_only=True):
    """How far a session's branch is from the branch that its worktree was made from.

    `ahead` and `behind` count commits, `uncommitted` counts files. Without a worktree,
    or where it was made from no branch, `onto` is empty.
    """

    onto: str = ""
    onto_commit: str = ""
    ahead: int = 0
    behind: int = 0
    uncommitted: int = 0
    remotes: list[RemoteState] = msgspec.field(default_factory=list)
