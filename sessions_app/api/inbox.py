from typing import Any

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sessions_app.api.errors import user_api
from sessions_app.commands.open_approvals import Ask, pending_approvals
from sessions_app.models import AgentSession
from sessions_app.people.rights import access_lists, principal_of, steers, visible_to
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import roots_of


class InboxItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A tool call that waits for a person, with its session.

    `root` is the session's main session, or the session itself.
    """

    session: str
    title: str
    root: str
    root_title: str
    workdir: str  # of the main session; "": it has not begun
    owner: str
    can_control: bool
    request: msgspec.Raw  # the approval_request event


class Inbox(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The tool calls that wait for a person, in all sessions visible to the user.

    `total` also counts those beyond INBOX_MAX_ASKS, which are not sent.
    """

    asks: list[InboxItem]
    total: int


@require_safe
@user_api
def inbox_asks(request: HttpRequest, user: User) -> HttpResponse:
    """Send the tool calls that wait for a person, the longest wait first."""
    body = msgspec.json.encode(read_inbox(user))
    return HttpResponse(body, content_type="application/json")


def count_asks(user: User) -> int:
    """Count the tool calls that wait for a person."""
    return len(pending_approvals(_waiting(user)))


def read_inbox(user: User) -> Inbox:
    sessions = _waiting(user)
    asks = pending_approvals(sessions)
    shown = asks[: settings.INBOX_MAX_ASKS]
    return Inbox(asks=_items(user, shown, sessions), total=len(asks))


def _waiting(user: User) -> dict[str, AgentSession]:
    waiting = visible_to(user).filter(status=SessionStatus.WAITING)
    return {session.pk: session for session in waiting}


def _items(
    user: User, asks: list[Ask], sessions: dict[str, AgentSession]
) -> list[InboxItem]:
    roots = roots_of(sessions.values(), among=visible_to(user))
    tops = AgentSession.objects.select_related("owner").in_bulk(set(roots.values()))
    access_list = access_lists(list(sessions))
    who = principal_of(user)

    def item(ask: Ask) -> InboxItem:
        session = sessions[ask.session_id]
        named: dict[str, Any] = {"session": session.pk, "title": session.title}
        root = roots[session.pk]
        top = tops.get(root, session)
        return InboxItem(
            **named,
            root=root,
            root_title=top.title,
            workdir=top.workdir,
            owner=top.owner.get_username() if top.owner else "",
            can_control=steers(who, access_list[session.pk]),
            request=msgspec.Raw(ask.request.encode()),
        )

    return [item(ask) for ask in asks if ask.session_id in access_list]
