from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from sessions_app.models import AgentSession

Person = User | AnonymousUser


def may_see_owned_by(person: Person, owner_id: int | None) -> bool:
    """Decide by the owner alone; a session without one is the superusers'."""
    if not person.is_active:
        return False
    return person.is_superuser or (owner_id is not None and owner_id == person.pk)


def may_see(person: Person, session: AgentSession) -> bool:
    return may_see_owned_by(person, session.owner_id)


def may_control(person: Person, session: AgentSession) -> bool:
    """Prompt, interrupt, cancel, answer an approval, rename."""
    return may_see(person, session)


def may_start(person: Person) -> bool:
    return person.is_active


def may_bypass_approvals(person: Person) -> bool:
    """Start a session whose tools nobody is asked about."""
    return person.is_active and person.is_superuser


def visible_to(person: Person) -> QuerySet[AgentSession]:
    """Select the sessions that `may_see` allows."""
    if not person.is_active:
        return AgentSession.objects.none()
    if person.is_superuser:
        return AgentSession.objects.all()
    return AgentSession.objects.filter(owner_id=person.pk)
