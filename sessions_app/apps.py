import faulthandler
import sys

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Ringside"
    default = True

    def ready(self) -> None:
        from sessions_app.operations import deploy_checks  # noqa: F401 it registers

        # On a crash in native code, print the stacks of all threads to stderr.
        if not faulthandler.is_enabled() and sys.__stderr__ is not None:
            faulthandler.enable(sys.__stderr__)


class RingsideAdminConfig(admin.SimpleAdminConfig):
    """Django's admin with Ringside's own AdminSite; named in INSTALLED_APPS.

    The admin's classes are loaded with the addresses (config/urls.py): a process that
    serves no pages starts without them.
    """

    default = False
    default_site = "sessions_app.console.site.RingsideAdminSite"
