from zoneinfo import available_timezones

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from sessions_app.api.number import read_number
from sessions_app.models import MutedSession, WebhookEndpoint
from sessions_app.pages.notifications.choices_form import NotificationForm
from sessions_app.pages.views import SignedInRequest
from sessions_app.people.rights import visible_to
from sessions_app.webhooks.push.browsers import browsers_of, is_signed_in

MUTED_SHOWN = 50


@method_decorator([never_cache, login_required], name="dispatch")
class NotificationsView(View):
    """Shows and changes what a person's browsers tell them of while no page is open."""

    def get(self, request: SignedInRequest) -> HttpResponse:
        return self._page(request, NotificationForm.of(request.user))

    def post(self, request: SignedInRequest) -> HttpResponse:
        if "remove" in request.POST:
            number = read_number(request.POST["remove"]) or 0
            mine = browsers_of(request.user).filter(pk=number)
            WebhookEndpoint.objects.filter(pk__in=mine.values("pk")).delete()
        elif "unmute" in request.POST:
            muted = MutedSession.objects.filter(user=request.user)
            muted.filter(session=request.POST["unmute"]).delete()
        else:
            form = NotificationForm(request.POST)
            if not form.is_valid():
                return self._page(request, form, status=422)
            form.store(request.user)
        return redirect("notifications")

    def _page(
        self, request: SignedInRequest, form: NotificationForm, status: int = 200
    ) -> HttpResponse:
        muted = MutedSession.objects.filter(
            user=request.user, session__in=visible_to(request.user)
        )
        context = {
            "form": form,
            "browsers": [(one, is_signed_in(one)) for one in browsers_of(request.user)],
            "muted": muted.select_related("session").order_by("-pk")[:MUTED_SHOWN],
            "time_zones": sorted(available_timezones()),
        }
        page = "sessions_app/notifications.html"
        return render(request, page, context, status=status)
