from django.apps import AppConfig
from django.contrib.admin import apps as admin


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Ringside"
    default = True


class RingsideAdminConfig(admin.AdminConfig):
    """Django's admin with Ringside's own site; named by its path in the settings."""

    default = False
    default_site = "sessions_app.console.site.RingsideAdminSite"
