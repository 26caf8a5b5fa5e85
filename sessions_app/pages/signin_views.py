from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from sessions_app.people import signin
from sessions_app.people.signin import Unusable

# `login` needs to know the backend, since several are configured.
BACKEND = "django.contrib.auth.backends.ModelBackend"
STATUS = {Unusable.UNKNOWN: 404, Unusable.USED: 410, Unusable.EXPIRED: 410}


@method_decorator([never_cache, sensitive_variables("token")], name="dispatch")
class SigninLinkView(View):
    """Asks for confirmation (GET), then uses a single-use link up (POST).

    A GET leaves the link usable, because mail scanners and link previews follow links.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        found = signin.look_up(token)
        if isinstance(found, Unusable):
            return self._unusable(request, found)
        context = {"username": found.get_username()}
        return self._page(request, "signin_confirm", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            found = self._use(request, token)
        except DatabaseError:
            # `login` has changed the CSRF token, and nobody is signed in: the browser
            # keeps the former one, so that its form can be sent again.
            request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
            raise
        if isinstance(found, Unusable):
            return self._unusable(request, found)
        return redirect("session_list")

    @transaction.atomic
    def _use(self, request: HttpRequest, token: str) -> User | Unusable:
        found = signin.use(token)
        if not isinstance(found, Unusable):
            # `login` gives the browser a new session key and ends its previous session.
            # The new one is saved here: where that fails, the link can be used again.
            login(request, found, backend=BACKEND)
            request.session.save()
        return found

    def _unusable(self, request: HttpRequest, why: Unusable) -> HttpResponse:
        return self._page(request, "signin_invalid", {"reason": why.value}, STATUS[why])

    def _page(
        self,
        request: HttpRequest,
        name: str,
        context: dict[str, str],
        status: int = 200,
    ) -> HttpResponse:
        page = render(request, f"sessions_app/{name}.html", context, status=status)
        # Keeps the token out of every Referer. With `no-referrer` the form's Origin
        # would be `null`, which the CSRF check refuses.
        page["Referrer-Policy"] = "strict-origin"
        return page
