"""Events about the files and the branch of a session, as git knows them."""

from typing import Literal

import msgspec

from sessions_app.protocol.events import Count, Event
from sessions_app.protocol.fields.branch_state import BranchState
from sessions_app.protocol.fields.changed_path import ChangedPath
from sessions_app.protocol.fields.conflict import ConflictFile


class WorkdirChanges(Event, frozen=True, kw_only=True):
    """What git says has changed in the working directory since the `base`."""

    base: str  # a commit or a tree
    tree: str
    head: str = ""  # the commit that is checked out; "": none yet
    branch: str = ""  # "": none is checked out
    files: list[ChangedPath] = msgspec.field(default_factory=list)
    # Since the event before; empty where that is the same.
    turn_files: list[ChangedPath] = msgspec.field(default_factory=list)
    changed: Count = 0  # all files that differ from the base
    added: Count = 0  # lines of all of them
    removed: Count = 0
    note: str = ""  # what was left out, in words
    ship: BranchState | None = None  # None: nothing is checked out


class ChangesCommitted(Event, frozen=True, kw_only=True):
    commit: str
    message: str
    by: str = ""
    command_id: str = ""


class FilesRestored(Event, frozen=True, kw_only=True):
    source: str
    before: str  # restoring it undoes this
    paths: list[str] = msgspec.field(default_factory=list)
    by: str = ""
    command_id: str = ""


class BranchMerged(Event, frozen=True, kw_only=True):
    """The session's branch is in the branch `onto`, whose newest commit is `commit`."""

    head: str
    onto: str
    commit: str
    directory: str = ""  # where `onto` is checked out, so its files have changed
    by: str = ""
    command_id: str = ""


class BranchRebased(Event, frozen=True, kw_only=True):
    """The session's commits follow those of `onto` now; `commit` is the newest."""

    head: str  # before
    onto: str
    base: str  # the commit of `onto` that they follow
    commit: str
    by: str = ""
    command_id: str = ""


class MergeConflicted(Event, frozen=True, kw_only=True):
    """A merge or a rebase was left undone, and nothing has changed: git needs a person.

    `commit` is the commit that a rebase could not put on top of `onto_commit`.
    """

    head: str
    onto: str
    onto_commit: str
    act: Literal["merge", "rebase"] = "merge"
    commit: str = ""
    subject: str = ""  # of that commit
    files: list[ConflictFile] = msgspec.field(default_factory=list)
    left_out: Count = 0  # files that are not listed
    by: str = ""
    command_id: str = ""


class BranchPushed(Event, frozen=True, kw_only=True):
    commit: str
    remote: str
    url: str  # without a user
    name: str  # of the branch there
    by: str = ""
    command_id: str = ""


class PullRequestOpened(Event, frozen=True, kw_only=True):
    url: str
    title: str
    remote: str
    name: str
    by: str = ""
    command_id: str = ""
