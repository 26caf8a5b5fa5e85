from collections.abc import Collection, Iterable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User

from sessions_app.agents.entry import AgentEntry
from sessions_app.agents.launch import is_installed
from sessions_app.models import AgentSession

ADMIN = "admin"  # the group of the role that may do everything


def why_not(agent_id: str, user: User | None) -> str:
    """Why a user may not use an agent; "" if they may. None: no user is known."""
    entry = settings.AGENTS.get(agent_id)
    if entry is None:
        return f"This installation has no agent {agent_id!r}."
    if _may(entry, user, _groups_of(user)):
        return ""
    return f"You may not use {entry.label}: an admin says in agents.toml who may."


def usable_agents(user: User | AnonymousUser) -> Iterable[AgentEntry]:
    """The agents that the page offers to a user.

    A built-in agent that no agents.toml names is offered to admins alone, and only
    where its program is installed.
    """
    groups = _groups_of(user)
    for entry in settings.AGENTS.values():
        if _may(entry, user, groups) and not (
            entry.is_built_in and not is_installed(entry)
        ):
            yield entry


def _may(
    entry: AgentEntry, user: User | AnonymousUser | None, groups: Collection[str]
) -> bool:
    if user is None:  # a command line's session without an owner
        return not entry.users and not entry.groups
    if user.is_superuser or ADMIN in groups:
        return True
    if entry.is_built_in:
        return False
    if not entry.users and not entry.groups:
        return True
    return user.get_username() in entry.users or bool({*groups} & {*entry.groups})


def _groups_of(user: User | AnonymousUser | None) -> Collection[str]:
    if user is None:
        return ()
    return [*user.groups.values_list("name", flat=True)]


def why_not_here(agent_id: str, session_id: str, names: Collection[str]) -> str:
    """Why a runner must not start a session's agent; "" if it may.

    Its owner must be allowed to use it, and so must those who wrote to it, by `names`.
    """
    owner = AgentSession.objects.select_related("owner").get(pk=session_id).owner
    people = User.objects.filter(username__in={*names} - {""})
    for user in (owner, *people):
        if why := why_not(agent_id, user):
            who = user.get_username() if user else "nobody"
            return f"{why} ({who})"
    return ""
