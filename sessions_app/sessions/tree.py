from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from sessions_app.models import AgentSession


def roots_of(
    sessions: Iterable[AgentSession], among: QuerySet[AgentSession] | None = None
) -> dict[str, str]:
    """Return each session's main session; one query per level of sub-agents.

    `among`: the sessions that the reader may see. Then the result is the topmost
    ancestor among these, so a reader of a shared sub-agent learns nothing about the
    sessions above.
    """
    above = _parents({session.pk: session.parent_id for session in sessions}, among)
    return {id_: _line(id_, above)[-1] for id_ in above}


def ancestors_of(sessions: Iterable[AgentSession]) -> dict[str, list[str]]:
    """Return the ids of each session's ancestors, the nearest first."""
    own = {session.pk: session.parent_id for session in sessions}
    above = _parents(own, None)
    return {id_: _line(id_, above)[1:] for id_ in own}


def descendants_of(roots: Collection[str]) -> dict[str, list[AgentSession]]:
    """Return all sub-agents below each main session, parents before children."""
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
    """Read a session and all of its sub-agents, parents before children."""
    found = level = list(AgentSession.objects.filter(pk=session.pk))
    while level:
        level = list(
            AgentSession.objects.filter(parent__in=level).order_by("created_at", "id")
        )
        found = found + level
    return found


def _parents(
    above: dict[str, str | None], among: QuerySet[AgentSession] | None
) -> dict[str, str | None]:
    """Add all ancestors of these sessions to a map from id to parent id."""
    rows = AgentSession.objects.all() if among is None else among
    hidden: set[str] = set()
    while missing := {up for up in above.values() if up} - above.keys() - hidden:
        parents = rows.filter(pk__in=missing).values_list("pk", "parent_id")
        found: dict[str, str | None] = dict(parents)
        above = above | found
        hidden |= missing - found.keys()
    return above


def _line(id_: str, above: dict[str, str | None]) -> list[str]:
    """Return a session's id and its ancestors' ids, as far as `above` has them."""
    line = [id_]
    while (up := above.get(line[-1])) and up in above:
        line.append(up)
    return line
