"""What people ask of a session's files and branch, carried out as events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from runners.review.place import ReviewPlace
from runners.ship.commit import commit
from runners.ship.merge import Merge, merge
from runners.ship.merged_tree import Conflicting
from runners.ship.pull_request import PullRequest, open_request
from runners.ship.push import push
from runners.ship.rebase import Rebased, RebaseStopped, earlier_rebase, rebase
from runners.ship.restore import restore
from runners.ship.session_branch import SessionBranch
from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import (
    CommitChanges,
    Errand,
    MergeBranch,
    OpenPullRequest,
    PushBranch,
    RebaseBranch,
    RestoreFiles,
)
from sessions_app.protocol.events import Event
from sessions_app.protocol.review_events import (
    BranchMerged,
    BranchPushed,
    BranchRebased,
    ChangesCommitted,
    FilesRestored,
    MergeConflicted,
    PullRequestOpened,
    WorkdirChanges,
)

NOT_PUSHED = "the branch was not pushed there as it is now: push it first"


@dataclass(frozen=True, slots=True)
class ErrandAct:
    """Who asks for an errand, and what is known when it begins."""

    session: AgentSession
    log: Sequence[Event]
    busy: Collection[Path]  # directories in which agents work now
    by: str
    command_id: str

    def do(self, errand: Errand) -> Event:
        """Carry out an errand. Raises GitFailed, with nothing changed."""
        place = ReviewPlace.of(self.session)
        if place is None:
            raise GitFailed("the session works in no git repository")
        match errand:
            case CommitChanges():
                return self._commit(place, errand)
            case RestoreFiles():
                return self._restore(place, errand)
            case MergeBranch():
                return self._merge(errand)
            case RebaseBranch():
                return self._rebase(place, errand)
            case PushBranch():
                return self._push(place, errand)
            case OpenPullRequest():
                return self._request(place, errand)

    def _commit(self, place: ReviewPlace, asked: CommitChanges) -> Event:
        return ChangesCommitted(
            commit=commit(place, asked.message, asked.tree, self.by, asked.paths),
            message=asked.message,
            by=self.by,
            command_id=self.command_id,
        )

    def _restore(self, place: ReviewPlace, asked: RestoreFiles) -> Event:
        self._check_known(asked.source)
        return FilesRestored(
            source=asked.source,
            before=asked.tree,
            paths=restore(place, asked.source, asked.tree, asked.paths),
            by=self.by,
            command_id=self.command_id,
        )

    def _merge(self, asked: MergeBranch) -> Event:
        branch = SessionBranch.of(self.session, asked.head)
        try:
            done = merge(branch, Merge(asked.how, asked.message, self.by, self.busy))
        except Conflicting as conflict:
            return MergeConflicted(
                act="merge",
                head=branch.head,
                onto=branch.onto,
                onto_commit=branch.onto_commit,
                files=conflict.files,
                left_out=conflict.left_out,
                by=self.by,
                command_id=self.command_id,
            )
        return BranchMerged(
            head=branch.head,
            onto=branch.onto,
            commit=done.commit,
            directory=done.directory,
            by=self.by,
            command_id=self.command_id,
        )

    def _rebase(self, place: ReviewPlace, asked: RebaseBranch) -> Event:
        worktree = Worktree.of(self.session)
        earlier = earlier_rebase(worktree, asked.head) if worktree else None
        if worktree and earlier:
            return self._rebased(asked.head, worktree.onto, earlier)
        branch = SessionBranch.of(self.session, asked.head)
        try:
            done = rebase(place, branch, self.by)
        except RebaseStopped as stopped:
            return MergeConflicted(
                act="rebase",
                head=branch.head,
                onto=branch.onto,
                onto_commit=branch.onto_commit,
                commit=stopped.commit,
                subject=stopped.subject,
                files=stopped.conflict.files,
                left_out=stopped.conflict.left_out,
                by=self.by,
                command_id=self.command_id,
            )
        return self._rebased(branch.head, branch.onto, done)

    def _rebased(self, head: str, onto: str, done: Rebased) -> Event:
        return BranchRebased(
            head=head,
            onto=onto,
            base=done.base,
            commit=done.commit,
            by=self.by,
            command_id=self.command_id,
        )

    def _push(self, place: ReviewPlace, asked: PushBranch) -> Event:
        to = (asked.remote, asked.name)
        earlier = frozenset(e.commit for e in self._pushes(*to))
        done = push(place, asked.head, to, earlier)
        return BranchPushed(
            commit=done.commit,
            remote=asked.remote,
            url=done.remote.shown,
            name=asked.name,
            by=self.by,
            command_id=self.command_id,
        )

    def _request(self, place: ReviewPlace, asked: OpenPullRequest) -> Event:
        pushes = self._pushes(asked.remote, asked.name)
        if not pushes or pushes[-1].commit != asked.head:
            raise GitFailed(NOT_PUSHED)
        request = PullRequest(
            asked.remote, asked.name, place.onto, asked.title, asked.body
        )
        return PullRequestOpened(
            url=open_request(place, request),
            title=asked.title,
            remote=asked.remote,
            name=asked.name,
            by=self.by,
            command_id=self.command_id,
        )

    def _pushes(self, remote: str, name: str) -> list[BranchPushed]:
        said = [event for event in self.log if isinstance(event, BranchPushed)]
        return [e for e in said if (e.remote, e.name) == (remote, name)]

    def _check_known(self, tree: str) -> None:
        """Refuse a state that this session never was in."""
        said = [event for event in self.log if isinstance(event, WorkdirChanges)]
        if tree not in {name for event in said for name in (event.base, event.tree)}:
            raise GitFailed("the log names no such state of the files")
