from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions_app.api.number import read_number
from sessions_app.history.search.query import SearchQuery
from sessions_app.history.search.search import NEWEST, search
from sessions_app.pages.views import SignedInRequest


@require_safe
@never_cache
@login_required
def search_page(request: SignedInRequest) -> HttpResponse:
    """Find events in all sessions that one may see: `?q=`, and `before` for more."""
    text = request.GET.get("q", "")
    before = read_number(request.GET.get("before", ""))
    at = NEWEST if before is None else min(before, NEWEST)
    found, rest = search(request.user, SearchQuery.parse(text), at)
    context = {"q": text, "found": found, "next": rest}
    return render(request, "sessions_app/search.html", context)
