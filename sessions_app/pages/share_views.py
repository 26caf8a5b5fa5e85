from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from sessions_app.api.number import read_number
from sessions_app.models import AgentSession, Share
from sessions_app.operations.viewer_counts import count_link_viewers
from sessions_app.pages.share_form import ShareForm
from sessions_app.pages.views import SignedInRequest
from sessions_app.people.rights import may_share, visible_to
from sessions_app.people.share_link import Dead, follow, make_link
from sessions_app.people.visitor import remember_link

STATUS = {Dead.UNKNOWN: 404, Dead.EXPIRED: 410, Dead.REVOKED: 410}


@require_safe
@never_cache
@sensitive_variables("token")
def share_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange a share link for a cookie, so that no address bar keeps its token."""
    share = follow(token)
    if isinstance(share, Dead):
        context = {"reason": share.value}
        page = "sessions_app/share_over.html"
        response = render(request, page, context, status=STATUS[share])
    else:
        response = redirect("session_detail", share.session_id)
        if isinstance(request.user, User):
            share.people.add(request.user)
        else:
            remember_link(request, response, share.pk, share.token_hash or "")
    response["Referrer-Policy"] = "no-referrer"
    return response


@method_decorator([never_cache, login_required], name="dispatch")
class ShareView(View):
    """Shows and changes a session's shares, for its owner and for admins."""

    def get(self, request: HttpRequest, session_id: str) -> HttpResponse:
        session = self._session(request, session_id)
        return self._page(request, session, ShareForm())

    def post(self, request: SignedInRequest, session_id: str) -> HttpResponse:
        session = self._session(request, session_id)
        if "revoke" in request.POST:
            return self._revoke(session, request.POST["revoke"])
        form = ShareForm(request.POST)
        if not form.is_valid():
            return self._page(request, session, form, status=422)
        if form.cleaned_data["share_with"] != "link":
            form.share(session, request.user)
            return redirect("session_share", session.pk)
        token = make_link(session, request.user, form.expires_at)
        path = reverse("share_link", args=[token])
        # The link is shown only now: the database keeps only its token's hash.
        link = request.build_absolute_uri(path)
        return self._page(request, session, ShareForm(), status=201, link=link)

    def _session(self, request: HttpRequest, session_id: str) -> AgentSession:
        session = get_object_or_404(visible_to(request.user), pk=session_id)
        if not may_share(request.user, session):
            raise PermissionDenied
        return session

    def _revoke(self, session: AgentSession, share_id: str) -> HttpResponse:
        named = Share.objects.filter(session=session, pk=read_number(share_id) or 0)
        named.live().update(revoked_at=timezone.now())
        return redirect("session_share", session.pk)

    def _page(
        self,
        request: HttpRequest,
        session: AgentSession,
        form: ShareForm,
        status: int = 200,
        link: str = "",
    ) -> HttpResponse:
        shares = list(
            Share.objects.live()
            .filter(session=session)
            .select_related("user", "group", "made_by")
        )
        viewers = count_link_viewers([share.pk for share in shares if share.is_link])
        context = {
            "session": session,
            "form": form,
            "link": link,
            "shares": [(share, viewers[share.pk]) for share in shares],
        }
        return render(request, "sessions_app/share.html", context, status=status)
