from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_app.pages.views import SignedInRequest
from sessions_app.people.rights import may_administer
from sessions_app.protocol.status import SessionStatus

ROLES = (
    "paper", "sheet", "well", "line", "line-strong", "ink", "soft", "red", "blue",
    "blue-wash", "blue-solid", "green", "amber", "amber-wash", "red-wash",
)  # fmt: skip
BADGES = ("live", "catching-up", "reconnecting", "signed-out", "refused")


class StyleForm(forms.Form):
    """A field of each kind, one of them with an error."""

    text = forms.CharField(label="A text", help_text="what it is for", required=False)
    wrong = forms.IntegerField(label="A number", max_value=7)
    choice = forms.ChoiceField(label="A choice", choices=(("a", "one of them"),))
    check = forms.BooleanField(label="A box to tick", required=False)


@require_safe
@login_required
def style_page(request: SignedInRequest) -> HttpResponse:
    """Show the parts that pages are made of, in every state; for those who build them.

    Each part is the pages' own template and style. Only with DEBUG, and for admins.
    """
    if not settings.DEBUG or not may_administer(request.user):
        raise Http404
    context = {
        "roles": ROLES,
        "statuses": list(SessionStatus),
        "badges": BADGES,
        "rows": [_row(status) for status in SessionStatus],
        "form": StyleForm({"wrong": "9", "choice": "a"}),
    }
    return render(request, "sessions_app/style.html", context)


def _row(status: SessionStatus) -> dict[str, object]:
    """What a row of the list is made of, without a stored session."""
    engine = {"is_followed": status is SessionStatus.IDLE, "label": "Claude Code"}
    session = {
        "id": f"s_{status}",
        "title": f"A session that is {status}, with a title as long as titles are",
        "status": status,
        "model": "claude-opus-5-5",
        "owner": "ada",
        "engine": engine,
        "cost_usd": 1.5,
        "tags": ["parser"] if status is SessionStatus.COMPLETED else [],
        "updated_ms": int(timezone.now().timestamp() * 1000),
    }
    asks = 2 if status is SessionStatus.WAITING else 0
    return {"session": SimpleNamespace(**session), "asks": asks, "agents": asks}
