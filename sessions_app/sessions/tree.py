from collections.abc import Collection, Iterable

from sessions_app.models import AgentSession


def roots_of(sessions: Iterable[AgentSession]) -> dict[str, str]:
    """Find the main session above each; a query for each level of sub-agents."""
    above = {session.pk: session.parent_id for session in sessions}
    while missing := {up for up in above.values() if up and up not in above}:
        parents = AgentSession.objects.filter(pk__in=missing)
        above |= dict(parents.values_list("pk", "parent_id"))
    return {id_: _climb(id_, above) for id_ in above}


def descendants_of(roots: Collection[str]) -> dict[str, list[AgentSession]]:
    """Find all sub-agents below each main session, parents before their children."""
    root_of = {root: root for root in roots}
    found: dict[str, list[AgentSession]] = {root: [] for root in roots}
    level = list(roots)
    while level:
        children = AgentSession.objects.filter(parent__in=level).order_by("created_at")
        level = []
        for child in children.select_related("owner"):
            root_of[child.pk] = root_of[str(child.parent_id)]
            found[root_of[child.pk]].append(child)
            level.append(child.pk)
    return found


def tree(session: AgentSession) -> list[AgentSession]:
    """Read a session and all below it, parents before children."""
    found = level = list(AgentSession.objects.filter(pk=session.pk))
    while level:
        level = list(
            AgentSession.objects.filter(parent__in=level).order_by("created_at", "id")
        )
        found = found + level
    return found


def _climb(id_: str, above: dict[str, str | None]) -> str:
    while up := above.get(id_):
        id_ = up
    return id_
