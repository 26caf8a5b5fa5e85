from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import Worktree, remove_worktree, unsaved
from sessions_app.models import AgentSession


class Command(BaseCommand):
    help = "List and remove the git worktrees that sessions have worked in."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="print each, and what would be lost with it")
        remove = verbs.add_parser("remove", help="remove one, with its branch")
        remove.add_argument("session", metavar="ID")
        remove.add_argument("--force", action="store_true", help="whatever is lost")
        verbs.add_parser("prune", help="remove all that hold nothing of their own")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["verb"]:
            case "list":
                for session, worktree in _all():
                    self._print(session, worktree)
            case "remove":
                self._remove(options["session"], is_forced=options["force"])
            case "prune":
                for session, worktree in _all():
                    if not _why_not(session, worktree):
                        _remove(session, worktree)
                        self.stdout.write(f"removed {worktree.branch}")

    def _print(self, session: AgentSession, worktree: Worktree) -> None:
        stat = f"+{worktree.added} -{worktree.removed} in {worktree.files} files"
        why = _why_not(session, worktree) or "can be removed"
        self.stdout.write(f"{session.id}  {worktree.path}  {stat}  {why}")

    def _remove(self, session_id: str, *, is_forced: bool) -> None:
        session = AgentSession.objects.filter(id=session_id).first()
        worktree = Worktree.of(session) if session else None
        if session is None or worktree is None:
            raise CommandError(f"session {session_id} has no worktree")
        why = _why_not(session, worktree)
        if session.lease or (why and not is_forced):
            hint = "" if session.lease else " (--force removes it all the same)"
            raise CommandError(f"{worktree.branch} stays: {why}{hint}")
        try:
            _remove(session, worktree)
        except GitFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"removed {worktree.branch}")


def _all() -> list[tuple[AgentSession, Worktree]]:
    sessions = AgentSession.objects.exclude(worktree={}).order_by("created_at")
    found = [(session, Worktree.of(session)) for session in sessions]
    return [(session, worktree) for session, worktree in found if worktree]


def _why_not(session: AgentSession, worktree: Worktree) -> str:
    """Say why a worktree should not be removed; "" where it may."""
    if session.lease:
        return "a runner works in it"
    try:
        return unsaved(worktree)
    except GitFailed as error:
        return str(error)


def _remove(session: AgentSession, worktree: Worktree) -> None:
    remove_worktree(worktree)
    AgentSession.objects.filter(id=session.id).update(
        worktree=worktree.as_row() | {"gone": True}
    )
