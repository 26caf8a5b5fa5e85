from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions_app.api.number import read_number
from sessions_app.history.search.scan import NEWEST
from sessions_app.history.search.search import is_behind, search
from sessions_app.pages.views import SignedInRequest
from sessions_app.text.query import SearchQuery


@require_safe
@never_cache
@login_required
def search_page(request: SignedInRequest) -> HttpResponse:
    """Search events in all visible sessions: `?q=TEXT`, `before=ID` for more."""
    text = request.GET.get("q", "")
    before = read_number(request.GET.get("before", ""))
    at = NEWEST if before is None else min(before, NEWEST)
    query = SearchQuery.parse(text)
    finds = search(request.user, query, at)
    context = {
        "q": text,
        "finds": finds,
        "has_words": bool(query.phrases),
        "is_behind": bool(text) and not finds.next and is_behind(request.user),
    }
    return render(request, "sessions_app/search.html", context)
