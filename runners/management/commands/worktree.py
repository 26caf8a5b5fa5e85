from typing import Any

from django.core.management.base import CommandError, CommandParser

from runners.worktrees.git import GitFailed
from runners.worktrees.losses import losses
from runners.worktrees.removal import remove_worktree
from runners.worktrees.worktree import Worktree
from sessions_app.history.retention.retention import hold, is_alive
from sessions_app.log.leases.lease import let_go
from sessions_app.models import AgentSession
from sessions_app.operations.database_command import DatabaseCommand

FORCE = "remove what it holds as well, and say what that was"
IN_USE = "a sub-agent of its session runs"


class Command(DatabaseCommand):
    help = "List and remove the git worktrees that sessions have worked in."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="print each, and what removing it would lose")
        remove = verbs.add_parser("remove", help="remove one, with its branch")
        remove.add_argument("session", metavar="ID")
        remove.add_argument("--force", action="store_true", help=FORCE)
        verbs.add_parser("prune", help="remove all whose removal loses nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["verb"]:
            case "list":
                for session, worktree in _all():
                    self._print(session, worktree)
            case "remove":
                self._remove_one(options["session"], is_forced=options["force"])
            case "prune":
                for session, worktree in _all():
                    self._prune(session, worktree)

    def _print(self, session: AgentSession, worktree: Worktree) -> None:
        stat = f"+{worktree.added} -{worktree.removed} in {worktree.files} files"
        why = _in_use(session) or "; ".join(losses(worktree)) or "can be removed"
        self.stdout.write(f"{session.id}  {worktree.path}  {stat}  {why}")

    def _remove_one(self, session_id: str, *, is_forced: bool) -> None:
        session = AgentSession.objects.filter(id=session_id).first()
        worktree = Worktree.of(session) if session else None
        if session is None or worktree is None:
            raise CommandError(f"session {session_id} has no worktree")
        try:
            self._remove(session, worktree, is_forced=is_forced)
        except GitFailed as error:
            raise CommandError(str(error)) from None

    def _prune(self, session: AgentSession, worktree: Worktree) -> None:
        try:
            self._remove(session, worktree, is_forced=False)
        except GitFailed as error:
            self.stderr.write(str(error))

    def _remove(
        self, session: AgentSession, worktree: Worktree, *, is_forced: bool
    ) -> None:
        """Remove a worktree while holding its session, so that no runner can claim it.

        Raises GitFailed if the worktree is kept.
        """
        lease = hold(session)
        if not lease:
            raise GitFailed(f"{worktree.path} stays: {_in_use(session) or IN_USE}")
        try:
            lost = losses(worktree)
            if lost and not is_forced:
                raise GitFailed(
                    f"{worktree.path} stays: {'; '.join(lost)}. To remove it all the "
                    f"same: manage.py worktree remove {session.id} --force"
                )
            kept = remove_worktree(worktree)
            AgentSession.objects.filter(id=session.id).update(
                worktree=worktree.as_row() | {"gone": True}
            )
        finally:
            let_go(session.pk, lease)
        for loss in lost:
            self.stdout.write(f"lost: {loss}")
        also = f", its branch {kept} stays: it is checked out elsewhere" if kept else ""
        self.stdout.write(f"removed {worktree.path}{also}")


def _all() -> list[tuple[AgentSession, Worktree]]:
    sessions = AgentSession.objects.exclude(worktree={}).order_by("created_at")
    found = [(session, Worktree.of(session)) for session in sessions]
    return [(session, worktree) for session, worktree in found if worktree]


def _in_use(session: AgentSession) -> str:
    """Who needs the worktree; "" if nobody does."""
    if session.lease:
        return "a runner works in it"
    if is_alive(session):
        return f"its session is {session.status}"
    return ""
