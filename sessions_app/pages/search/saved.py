from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from sessions_app.masking.secret_spans import without_secrets
from sessions_app.models import SavedSearch
from sessions_app.pages.search.recent import ASKED
from sessions_app.pages.views import SignedInRequest

NAME_MAX_CHARS = 80
QUERY_MAX_CHARS = 4000


@require_POST
@login_required
def saved_search(request: SignedInRequest) -> HttpResponse:
    """Keep the search of the form's fields, under a name, or forget a kept one."""
    query = query_of(request.POST)
    if query and "forget" in request.POST:
        SavedSearch.objects.filter(user=request.user, query=query).delete()
    elif query:
        save_search(request.user, query, request.POST.get("name", ""))
    return redirect(f"{reverse('search')}?{query}")


def query_of(asked: Mapping[str, str]) -> str:
    """Write what a search asks for as the query of an address; "" asks for nothing.

    The same search is always written the same. Secrets are not kept.
    """
    said = {name: asked.get(name, "").replace("\0", "").strip() for name in ASKED}
    given = {name: without_secrets(value) for name, value in said.items() if value}
    query = urlencode(given)
    return query if len(query) <= QUERY_MAX_CHARS else ""


def save_search(user: User, query: str, name: str) -> None:
    """Keep a search; one that is kept already gets the name. The oldest makes room."""
    called = " ".join(without_secrets(name.replace("\0", "")).split())
    words = " · ".join(value for _, value in parse_qsl(query))
    named = (called or words)[:NAME_MAX_CHARS]
    SavedSearch.objects.update_or_create(
        user=user, query=query, defaults={"name": named}
    )
    own = SavedSearch.objects.filter(user=user).order_by("-created_at", "-id")
    beyond = list(own.values_list("pk", flat=True)[settings.SAVED_SEARCHES_MAX :])
    SavedSearch.objects.filter(pk__in=beyond).delete()
