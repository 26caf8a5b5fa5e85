from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views import View

from sessions_app.commands.open_approvals import open_questions
from sessions_app.commands.submit import Answer, Refused
from sessions_app.console.sessions.act import ask_runner, audit
from sessions_app.log.layer import nudge_runners
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.hidden_characters import spell_out

REASON_MAX_CHARS = 1_000


class AnswerView(View):
    """Shows a tool call that waits for approval, and takes the answer: `?call=ID`.

    The id is in the query because external programs may use any characters in it.
    """

    model_admin: Any = None

    def get(self, request: HttpRequest, session_id: str) -> HttpResponse:
        session = get_object_or_404(AgentSession, pk=session_id)
        question = _find(session, request.GET.get("call", ""))
        context = self.model_admin.admin_site.each_context(request) | {
            "title": f"May it use {spell_out(question.tool)}?",
            "opts": self.model_admin.opts,
            "session": session,
            "question": question,
            # A form of many questions is filled in on the session's own page.
            "needs_form": any(one.required for one in question.questions),
            "input": msgspec.json.format(
                encode_json(question.input), indent=2
            ).decode(),
        }
        template = "admin/sessions_app/agentsession/answer.html"
        return TemplateResponse(request, template, context)

    def post(self, request: HttpRequest, session_id: str) -> HttpResponse:
        session = get_object_or_404(AgentSession, pk=session_id)
        call = request.GET.get("call", "")
        answer = _answer(request, call)
        try:
            ask_runner(request, session, answer)
        except Refused as error:
            messages.error(request, str(error))
        else:
            audit(request, session, f"{answer.wire_type()} {call}")
            messages.success(request, f"{answer.wire_type().capitalize()} is sent.")
            async_to_sync(nudge_runners)()
        return redirect("admin:sessions_app_agentsession_change", session.pk)


def _find(session: AgentSession, tool_use_id: str) -> ApprovalRequest:
    for question in open_questions(session):
        if question.tool_use_id == tool_use_id:
            return question
    raise Http404("This question is not open any more.")


def _answer(request: HttpRequest, tool_use_id: str) -> Answer:
    """Read `decision`: approve or deny, and the chosen option behind a colon."""
    decision, _, option = request.POST.get("decision", "").partition(":")
    match decision:
        case "approve":
            return Approve(tool_use_id=tool_use_id, option_id=option)
        case "deny":
            reason = request.POST.get("reason", "")[:REASON_MAX_CHARS]
            return Deny(tool_use_id=tool_use_id, reason=reason, option_id=option)
    raise Http404("decision: approve or deny.")
