from collections.abc import Iterable
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from runners.permissions.rule import RuleError
from runners.permissions.rules import Rules
from runners.port.errors import RunFailed
from runners.sandbox.variable_names import BadVariableName, checked_variable
from runners.worktrees.project import project_of
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession, WorkdirRule

Kind = WorkdirRule.Kind


def rules_of(session_id: str) -> Rules:
    """Read the rules of a session's tree and of its directories.

    A rule remembered for a directory holds in all worktrees of its repository.
    """
    texts = _texts(_root(session_id))
    try:
        return Rules.parse(texts[Kind.ALLOW], texts[Kind.DENY])
    except RuleError as error:
        raise RunFailed("bad_rule", str(error)) from None


def variables_of(session_id: str) -> tuple[str, ...]:
    """The names of further variables that the commands of a session's tree get.

    Those that no person could have given by a command line are left out.
    """
    names = _texts(_root(session_id))[Kind.ENV]
    return tuple(name for name in names if _is_variable(name))


@transaction.atomic
def add_rules(
    session_id: str,
    allow: Iterable[str],
    deny: Iterable[str] = (),
    env: Iterable[str] = (),
) -> None:
    """Add rules and variables to a session's tree, without duplicates."""
    root_id = _root(session_id).pk
    root = AgentSession.objects.select_for_update(no_key=True).get(pk=root_id)
    rules = {kind: list(root.rules.get(kind, [])) for kind in Kind}
    for kind, texts in ((Kind.ALLOW, allow), (Kind.DENY, deny), (Kind.ENV, env)):
        rules[kind] += [text for text in texts if text not in rules[kind]]
    kept = {str(kind): texts for kind, texts in rules.items() if texts}
    AgentSession.objects.filter(pk=root_id).update(rules=kept)


def remember_rules(
    workdir: str,
    allow: Iterable[str],
    deny: Iterable[str],
    by: User | None,
    env: Iterable[str] = (),
) -> None:
    """Store rules and variables for all sessions in a directory or below it.

    In a git worktree the rules are stored for the directory's project, so they outlive
    the worktree and hold in every other one.
    """
    workdir = str(project_of(Path(workdir)))
    for kind, texts in ((Kind.ALLOW, allow), (Kind.DENY, deny), (Kind.ENV, env)):
        for text in texts:
            WorkdirRule.objects.get_or_create(
                workdir=workdir, kind=kind, rule=text, defaults={"by": by}
            )


def forget_rules(workdir: str, texts: Iterable[str]) -> int:
    """Delete rules of a directory; returns how many were deleted."""
    return rules_in(workdir).filter(rule__in=list(texts)).delete()[0]


def rules_in(workdir: str) -> QuerySet[WorkdirRule]:
    """The rules stored for a directory, under its own path and its project's."""
    project = str(project_of(Path(workdir)))
    return WorkdirRule.objects.filter(workdir__in={workdir, project})


def _texts(root: AgentSession) -> dict[str, list[str]]:
    """The rules and variables of a session's tree and of its directories, by kind."""
    texts = {str(kind): list(root.rules.get(kind, [])) for kind in Kind}
    for rule in WorkdirRule.objects.filter(workdir__in=_directories(root)):
        texts[rule.kind].append(rule.rule)
    return texts


def _is_variable(name: str) -> bool:
    try:
        return bool(checked_variable(name))
    except BadVariableName:
        return False


def _directories(root: AgentSession) -> set[str]:
    """The directories whose rules hold for a session: its own, and those above.

    The project is also read from the row, because the agent can write the worktree's
    `.git` file.
    """
    if not root.workdir:
        return set()
    places = [Path(root.workdir), project_of(Path(root.workdir))]
    if worktree := Worktree.of(root):
        places.append(Path(worktree.project or Path(worktree.repository).parent))
    return {str(folder) for path in places for folder in (path, *path.parents)}


def _root(session_id: str) -> AgentSession:
    session = AgentSession.objects.get(pk=session_id)
    while session.parent is not None:
        session = session.parent
    return session
