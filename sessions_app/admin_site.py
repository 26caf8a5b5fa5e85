from django.contrib.admin import AdminSite
from django.http import HttpRequest

from sessions_app.people.rights import may_administer


class RingsideAdminSite(AdminSite):
    """Django's admin, for those whom `may_administer` lets in."""

    site_header = site_title = "Ringside"

    def has_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)
