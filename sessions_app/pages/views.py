from dataclasses import asdict
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sessions_app.agents.places import AgentPlaces
from sessions_app.api.list_page import Choices, SessionListPage
from sessions_app.api.start import queue_session
from sessions_app.api.start_form import StartForm
from sessions_app.commands.continuation import why_not_from_page
from sessions_app.commands.submit import MessageRefusal
from sessions_app.commands.waiting_messages import waiting_messages
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession, MutedSession, new_session_id
from sessions_app.pages.offers import OFFERS
from sessions_app.people.own_machine import is_own_machine
from sessions_app.people.rights import (
    may_administer,
    may_control,
    may_share,
    may_start,
    visible_to,
)
from sessions_app.people.visitor import Person, person_of
from sessions_app.protocol.commands import Prompt, SetOption
from sessions_app.protocol.encoding.codec import decode_command
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.agent_state import agent_state
from sessions_app.sessions.engine_choice import engine_of_new_sessions
from sessions_app.sessions.list_query import ListQuery
from sessions_app.sessions.title import takes_title


class SignedInRequest(HttpRequest):
    """A request that has passed `login_required`."""

    user: User


@require_safe
@login_required
def session_list(request: SignedInRequest) -> HttpResponse:
    form = StartForm(request.user, is_own_machine=is_own_machine(request))
    return _list_page(request, form)


@require_safe
@login_required
def inbox_page(request: SignedInRequest) -> HttpResponse:
    """The page that lists the tool calls which wait for a person."""
    return render(request, "sessions_app/inbox.html")


@require_safe
@login_required
def wall_page(request: SignedInRequest) -> HttpResponse:
    """The page that shows the sessions at work as tiles."""
    return render(request, "sessions_app/wall.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def session_start(request: SignedInRequest) -> HttpResponse:
    """Queue a session; the next free runner takes it."""
    if request.method != "POST":
        # A reload, or a sign-in in between, after a form with errors leads here.
        return redirect("session_list")
    if not may_start(request.user):
        raise PermissionDenied
    is_own = is_own_machine(request)
    form = StartForm(request.user, request.POST, is_own_machine=is_own)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    session = queue_session(request.user, form)
    async_to_sync(nudge_runners)()
    response = redirect("session_detail", session.pk)
    response.status_code = 303
    return response


@require_safe
def session_detail(request: HttpRequest, session_id: str) -> HttpResponse:
    """Show one session; a session the person may not see gives a 404."""
    person = person_of(request)
    sessions = visible_to(person).select_related("parent", "owner")
    session = sessions.filter(pk=session_id).first()
    if session is None and not person.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if session is None:
        raise Http404
    status = SessionStatus(session.status)
    context = {
        "session": session,
        "steers": status.is_active,
        "simulated": session.kind.is_simulated,
        "can_control": may_control(person, session),
        "can_share": may_share(person, session),
        "messages_on_their_way": _unread(session),
        "is_muted": _is_muted(person, session),
        "refusal": MessageRefusal.of(session),
        "agent": _agent(session),
        "agents_title_chars": takes_title(session) and settings.TITLE_MAX_CHARS,
        "choices": _choices(session),
        "not_continued": _not_continued(person, session),
    }
    return render(request, "sessions_app/session_detail.html", context)


def _is_muted(person: Person, session: AgentSession) -> bool:
    if not isinstance(person, User):
        return False
    return MutedSession.objects.filter(user=person, session=session).exists()


def _unread(session: AgentSession) -> list[tuple[int, str]]:
    """Return (command id, text) of the messages that no runner has read yet."""
    rows = waiting_messages([session.pk])
    commands = ((row.pk, decode_command(row.data)) for row in rows)
    return [
        (id_, prompt.text) for id_, prompt in commands if isinstance(prompt, Prompt)
    ]


def _has_transcripts(user: User) -> bool:
    """Whether agents have kept sessions here; only admins are told of the machine."""
    places = AgentPlaces.of().there if may_administer(user) else []
    return any(next(place.iterdir(), None) is not None for place in places)


def _not_continued(person: Person, session: AgentSession) -> str | None:
    """Why this person cannot continue a followed session here; None: it is none."""
    is_followed = bool(session.kind.continued_by) and session.parent_id is None
    if not is_followed or not isinstance(person, User):
        return None
    return why_not_from_page(session, person)


def _agent(session: AgentSession) -> str:
    """The last events by which the session's agent describes itself, as a JSON list."""
    events = agent_state(session.pk).values()
    return f"[{','.join(events)}]" if events else ""


def _choices(session: AgentSession) -> str:
    """The choices of settings that no runner has taken yet, as a JSON list."""
    rows = session.commands.filter(applied_at=None, type=SetOption.wire_type())
    commands = ((row.pk, decode_command(row.data)) for row in rows)
    waiting = [
        {"optionId": one.option_id, "value": one.value, "commandId": str(id_)}
        for id_, one in commands
        if isinstance(one, SetOption)
    ]
    return encode_json(waiting).decode() if waiting else ""


def _list_page(
    request: SignedInRequest, form: StartForm, status: int = 200
) -> HttpResponse:
    sessions, query = visible_to(request.user), ListQuery.of(request.GET)
    page = SessionListPage.read_for(request.user, query, request.GET.get("after", ""))
    context = {
        "page": page,
        "query": query,
        "next": urlencode(asdict(query) | {"after": page.next}) if page.next else "",
        "choices": Choices.of(sessions),
        "statuses": list(SessionStatus),
        "form": form,
        "can_start": may_start(request.user),
        "has_transcripts": not page.rows and _has_transcripts(request.user),
        "simulated": engine_of_new_sessions().is_simulated,
        "offers": [(offer, new_session_id()) for offer in OFFERS],
    }
    return render(request, "sessions_app/session_list.html", context, status=status)
