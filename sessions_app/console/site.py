from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from sessions_app.console.overview.overview import overview
from sessions_app.people.rights import may_administer

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class RingsideAdminSite(AdminSite):
    """Django's admin, open to people for whom `may_administer` is true."""

    site_header = site_title = "Ringside"
    index_title = "Console"
    index_template = "admin/console.html"
    enable_nav_sidebar = False  # the tables are wide

    def has_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what goes on in this installation; Django's lists stand below."""
        return super().index(request, overview() | (extra_context or {}))

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[Any]:
        """List Ringside's own models first."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: app["app_label"] != "sessions_app")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to Ringside's sign-in page.

        Django's own admin login checks `is_staff`, which Ringside does not use.
        """
        if self.has_permission(request):
            return redirect("admin:index")
        if isinstance(request.user, User):
            raise PermissionDenied
        after = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
        return redirect_to_login(after)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        permitted = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if _has_nul(request):
                raise BadRequest("NUL characters are not allowed.")
            return permitted(request, *args, **kwargs)

        return cast(View, update_wrapper(checked, permitted))


def _has_nul(request: HttpRequest) -> bool:
    """Return whether a request contains NUL, which PostgreSQL rejects in queries."""
    queries = (request.GET, request.POST)
    values = (value for one in queries for _, many in one.lists() for value in many)
    return any("\0" in text for text in (request.path, *values))
