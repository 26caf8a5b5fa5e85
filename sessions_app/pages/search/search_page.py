from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions_app.api.number import read_number
from sessions_app.history.search.filters import SearchFilters
from sessions_app.history.search.scan import NEWEST
from sessions_app.history.search.search import (
    by_session,
    count_matches,
    is_behind,
    search,
)
from sessions_app.models import SavedSearch
from sessions_app.pages.search.choices import SearchChoices
from sessions_app.pages.search.recent import ASKED, recent_searches, remember
from sessions_app.pages.search.saved import query_of
from sessions_app.pages.views import SignedInRequest
from sessions_app.people.rights import visible_to


@require_safe
@never_cache
@login_required
def search_page(request: SignedInRequest) -> HttpResponse:
    """Search events in visible sessions: `?q=TEXT`, filters, `before=ID` for more."""
    text = request.GET.get("q", "")
    filters = SearchFilters.of(request.GET)
    before = read_number(request.GET.get("before", ""))
    at = NEWEST if before is None else min(before, NEWEST)
    query = filters.query(text)
    finds = search(request.user, query, at, filters)
    if finds.found and before is None:
        remember(request.session, request.GET)
    count = count_matches(request.user, query, filters) if finds.next else None
    if count is not None and count.places <= len(finds.found):
        count = None  # the time was over before there was more to say
    this = query_of(request.GET)
    saved = SavedSearch.objects.filter(user=request.user)
    context = {
        "count": count,
        "saved": saved,
        "this": this,
        "is_saved": saved.filter(query=this).exists(),
        "asked": [(name, request.GET.get(name, "")) for name in ASKED],
        "q": text,
        "filters": filters,
        "choices": SearchChoices.of(visible_to(request.user)),
        "recent": recent_searches(request.session),
        "finds": finds,
        "groups": by_session(finds.found),
        "is_asked": bool(text or filters.is_narrow),
        "has_words": bool(query.phrases),
        "is_behind": bool(query.phrases) and not finds.next and is_behind(request.user),
    }
    return render(request, "sessions_app/search.html", context)
