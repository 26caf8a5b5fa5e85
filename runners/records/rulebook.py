from collections.abc import Iterable
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction

from runners.permissions.rule import RuleError
from runners.permissions.rules import Rules
from runners.port.errors import RunFailed
from sessions_app.models import AgentSession, WorkdirRule

Kind = WorkdirRule.Kind


def rules_of(session_id: str) -> Rules:
    """Read the rules of a session's tree, and of the directories it works in."""
    root = _root(session_id)
    texts: dict[str, list[str]] = {
        kind: list(root.rules.get(kind, [])) for kind in Kind
    }
    if root.workdir:
        path = Path(root.workdir)
        above = [str(folder) for folder in (path, *path.parents)]
        for rule in WorkdirRule.objects.filter(workdir__in=above):
            texts[rule.kind].append(rule.rule)
    try:
        return Rules.parse(texts[Kind.ALLOW], texts[Kind.DENY])
    except RuleError as error:
        raise RunFailed("bad_rule", str(error)) from None


@transaction.atomic
def add_rules(session_id: str, allow: Iterable[str], deny: Iterable[str] = ()) -> None:
    """Add rules to a session's tree, each once."""
    root_id = _root(session_id).pk
    root = AgentSession.objects.select_for_update(no_key=True).get(pk=root_id)
    rules = {kind: list(root.rules.get(kind, [])) for kind in Kind}
    for kind, texts in ((Kind.ALLOW, allow), (Kind.DENY, deny)):
        rules[kind] += [text for text in texts if text not in rules[kind]]
    kept = {str(kind): texts for kind, texts in rules.items() if texts}
    AgentSession.objects.filter(pk=root_id).update(rules=kept)


def remember_rules(
    workdir: str, allow: Iterable[str], deny: Iterable[str], by: User | None
) -> None:
    """Make rules hold for all sessions in a directory and below it."""
    for kind, texts in ((Kind.ALLOW, allow), (Kind.DENY, deny)):
        for text in texts:
            WorkdirRule.objects.get_or_create(
                workdir=workdir, kind=kind, rule=text, defaults={"by": by}
            )


def forget_rules(workdir: str, texts: Iterable[str]) -> int:
    """Take rules from a directory; answers how many there were."""
    rules = WorkdirRule.objects.filter(workdir=workdir, rule__in=list(texts))
    return rules.delete()[0]


def _root(session_id: str) -> AgentSession:
    session = AgentSession.objects.get(pk=session_id)
    while session.parent is not None:
        session = session.parent
    return session
