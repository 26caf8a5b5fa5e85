import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from sessions_app.commands import requeue as queue
from sessions_app.commands.submit import FromPeople, Refused, submit_command
from sessions_app.history.export.export import export_lines
from sessions_app.history.retention.redaction import redact_text
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.pages.export_view import parts
from sessions_app.people.client_address import client_address
from sessions_app.protocol.commands import Cancel, Interrupt
from sessions_app.sessions.tree import tree


@dataclass(frozen=True, slots=True)
class Act:
    """An admin action on sessions that asks for confirmation first."""

    do_not_call_in_templates: ClassVar[bool] = True

    name: str
    effect: str  # what the action does, shown on the confirmation page
    do: Callable[[HttpRequest, AgentSession], None]  # raises Refused
    # Makes the response after the action; None: the list of sessions.
    answer: Callable[[Sequence[AgentSession]], HttpResponseBase] | None = None
    asks_for: str = ""  # label of a text that the person enters, posted as `text`
    is_final: bool = False  # the action cannot be undone

    def __call__(
        self, model_admin: Any, request: HttpRequest, chosen: QuerySet[AgentSession]
    ) -> HttpResponseBase | None:
        limit = settings.ADMIN_ACT_MAX_SESSIONS
        sessions = list(chosen[: limit + 1])
        if len(sessions) > limit:
            messages.error(request, f"Select at most {limit} sessions at a time.")
            return None
        if "confirmed" not in request.POST:
            return self._ask(model_admin, request, sessions)
        for session in sessions:
            prefix = f"{self.name.capitalize()} {session.pk}"
            try:
                self.do(request, session)
            except Refused as error:
                messages.error(request, f"{prefix}: {error}")
            else:
                audit(request, session, self.name)
                messages.success(request, f"{prefix}: done.")
        async_to_sync(nudge_runners)()
        return self.answer(sessions) if self.answer else None

    def _ask(
        self, model_admin: Any, request: HttpRequest, sessions: Sequence[AgentSession]
    ) -> HttpResponse:
        context = model_admin.admin_site.each_context(request) | {
            "title": f"{self.name.capitalize()}: are you sure?",
            "act": self,
            "sessions": sessions,
            "opts": model_admin.opts,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        template = "admin/sessions_app/agentsession/confirm.html"
        return TemplateResponse(request, template, context)


def audit(request: HttpRequest, session: AgentSession, what: str) -> None:
    """Record in the admin's history who did what to a session, and from where."""
    where = client_address(request) or "an unknown address"
    session.refresh_from_db()  # the entry quotes the title, which may be redacted now
    LogEntry.objects.log_actions(
        user_id=user_of(request).pk,
        queryset=[session],
        action_flag=CHANGE,
        change_message=f"{what}, from {where}",
        single_object=True,
    )


def ask_runner(
    request: HttpRequest, session: AgentSession, command: FromPeople
) -> None:
    """Store a command in the name of the signed-in user. Raises Refused."""
    key, address = secrets.token_hex(16), client_address(request)
    submit_command(session.pk, user_of(request), key, command, address)


def user_of(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the admin lets nobody in who is not signed in")
    return request.user


def _command(command: FromPeople, request: HttpRequest, session: AgentSession) -> None:
    ask_runner(request, session, command)


def _resume(request: HttpRequest, session: AgentSession) -> None:
    queue.resume(session.pk)


def _requeue(request: HttpRequest, session: AgentSession) -> None:
    queue.requeue(session.pk, user_of(request).get_username())


def _redact(request: HttpRequest, session: AgentSession) -> None:
    text = request.POST.get("text", "")
    if not text:
        raise Refused("Say which text to cover.")
    if any(one.is_running for one in redact_text(session, text, user_of(request))):
        messages.warning(
            request,
            f"{session.pk} runs: its agent may repeat the text from memory. Redact "
            "again when it rests.",
        )


def _archive(request: HttpRequest, session: AgentSession) -> None:
    AgentSession.objects.filter(pk=session.pk, archived_at=None).update(
        archived_at=Now(), updated_at=Now()
    )


def _look(request: HttpRequest, session: AgentSession) -> None:
    """Change nothing; only the audit entry is wanted."""


def _export(sessions: Sequence[AgentSession]) -> HttpResponseBase:
    # Skip sessions that are below another chosen one: its export contains them.
    below = {one.pk for session in sessions for one in tree(session)[1:]}
    tops = [session for session in sessions if session.pk not in below]
    lines = chain.from_iterable(map(export_lines, tops))
    name = sessions[0].pk if len(sessions) == 1 else f"{len(sessions)}-sessions"
    return StreamingHttpResponse(
        parts(lines),
        content_type="application/x-ndjson",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.jsonl"',
            "Cache-Control": "private, no-store",
        },
    )


ACTS = (
    Act(
        "interrupt",
        "The agent is stopped; the session waits for the next message.",
        partial(_command, Interrupt()),
    ),
    Act(
        "cancel",
        "The session ends, with all its sub-agents.",
        partial(_command, Cancel()),
        is_final=True,
    ),
    Act(
        "resume",
        "The session is queued and continues where it was interrupted.",
        _resume,
    ),
    Act(
        "requeue",
        "The session is taken from its runner, which can no longer write to it, and "
        "queued for another one. Tools that this runner has started go on.",
        _requeue,
    ),
    Act(
        "export",
        "The logs of the session and its sub-agents are downloaded as JSON lines.",
        _look,
        _export,
    ),
    Act(
        "redact",
        "The text is redacted everywhere in the session and its sub-agents: in events, "
        "outputs, commands and prompts. This cannot be undone.",
        _redact,
        asks_for="The exact text to redact",
        is_final=True,
    ),
    Act("archive", "The session is hidden from lists; its log is kept.", _archive),
)
