from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sessions_app.api.number import read_number
from sessions_app.pages.transcript import read_transcript
from sessions_app.people.rights import visible_to
from sessions_app.people.visitor import person_of

SEQ_MAX = 2**63 - 1


@require_safe
def transcript_page(request: HttpRequest, session_id: str) -> HttpResponse:
    """Show a session's transcript as a static page without scripts."""
    person = person_of(request)
    session = visible_to(person).filter(pk=session_id).first()
    if session is None and not person.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if session is None:
        raise Http404
    before = read_number(request.GET.get("before", ""))
    seq = None if before is None else min(before, SEQ_MAX)
    whole = request.GET.get("whole") == "yes"
    passages, more = read_transcript(session.pk, seq, whole=whole)
    above = visible_to(person).filter(pk=session.parent_id).first()
    context = {
        "session": session,
        "above": above,
        "passages": passages,
        "more": more,
        "whole": whole,
    }
    return render(request, "sessions_app/transcript.html", context)
